import ConclaveServer
import Foundation
import Storage
import Testing

@Suite("First and second start")
struct StartTests {
    let place = Workplace()

    var madeFiles: [String] {
        let data = place.data
        return [
            data + "/conclave.keys", data + "/tls/ca.pem", data + "/tls/ca.key", data + "/tls/server.pem",
            data + "/tls/server.key",
        ]
    }

    func keyFiles() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: place.home + "/.config/conclave")
    }

    @Test("the first start makes everything, for its owner only, and the key outside of the data")
    func firstStart() async throws {
        try await RunningServer.running(try place.settings(), in: place) { server in
            #expect(server.report.setupUrl?.contains("/setup#") == true)
        }
        #expect(place.mode(place.data) == 0o700)
        for file in madeFiles { #expect(place.mode(file) == 0o600, "\(file)") }
        let keys = try keyFiles()
        #expect(keys.count == 1)
        for key in keys { #expect(place.mode(place.home + "/.config/conclave/" + key) == 0o600) }
    }

    @Test("a second start makes nothing anew and is quick")
    func secondStart() async throws {
        try await RunningServer.running(try place.settings(), in: place) { _ in }
        let before = madeFiles.map(place.bytes)
        let keys = try keyFiles()
        let report = try await RunningServer.running(try place.settings(), in: place) { $0.report }
        #expect(madeFiles.map(place.bytes) == before)
        #expect(try keyFiles() == keys)
        // The bar is 200 ms on an idle machine; tests run side by side.
        #expect(report.startMs < 2000)
    }

    @Test("a data directory that others could enter is closed to them")
    func openDirectory() async throws {
        mkdir(place.data, 0o755)
        try await RunningServer.running(try place.settings(), in: place) { _ in }
        #expect(place.mode(place.data) == 0o700)
    }

    @Test("another server name is refused for the same data")
    func otherName() async throws {
        try await RunningServer.running(try place.settings(), in: place) { _ in }
        let settings = try place.settings("--server-name", "other.example")
        let error = await RunningServer.failure(settings, in: place)
        #expect(error.map { Failure($0).sentence }?.contains("belongs to the server name localhost") == true)
        try await RunningServer.running(try place.settings(), in: place) { _ in }
    }

    @Test("a second server on the same data is refused while the first runs")
    func twoServers() async throws {
        let settings = try place.settings()
        try await RunningServer.running(settings, in: place) { [place] _ in
            let error = await RunningServer.failure(settings, in: place)
            #expect(error as? StorageError == .inUse(path: place.data))
        }
    }

    @Test("a port in use is a sentence that names it")
    func portInUse() async throws {
        let other = Workplace()
        try await RunningServer.running(try place.settings(), in: place) { server in
            let settings = try other.settings("--plain-port", String(server.port))
            let failure = await RunningServer.failure(settings, in: other).map { Failure($0) }
            #expect(failure?.sentence.contains("Port \(server.port) on 127.0.0.1 is in use") == true)
            #expect(failure?.exitCode == 69)
        }
    }

    @Test("the plain listener and the metrics answer when they are asked for")
    func otherListeners() async throws {
        let settings = try Settings.read(
            flags: ["--data-dir", place.data, "--port", "0", "--plain-port", "0", "--metrics-port", "0"],
            environment: place.environment)
        try await RunningServer.running(settings, in: place) { server in
            let plain = try #require(server.report.plainPort)
            let (text, _) = try await Web.get("http://127.0.0.1:\(plain)/readyz")
            #expect(text == "ready\n")
            let metrics = try #require(server.report.metricsPort)
            let (numbers, _) = try await Web.get("http://127.0.0.1:\(metrics)/metrics")
            #expect(numbers.contains("process_resident_memory_bytes"))
        }
    }
}
