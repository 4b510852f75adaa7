import ConclaveServer
import Foundation
import Testing

@Suite("Doctor")
struct DoctorTests {
    let place = Workplace()

    func findings(_ flags: String...) async throws -> [Doctor.Finding] {
        let doctor = Doctor(
            flags: ["--data-dir", place.data, "--port", "0", "--metrics-port", "none"] + flags,
            environment: place.environment)
        return try await Blocking.run { doctor.examine() }
    }

    @Test("before the first start nothing is wrong, and nothing is made")
    func before() async throws {
        let seen = try await findings()
        #expect(!seen.contains { $0.state == .error })
        #expect(!FileManager.default.fileExists(atPath: place.data))
        #expect(!FileManager.default.fileExists(atPath: place.home + "/.config"))
    }

    @Test("every setting is reported with where it came from, also when one of them is wrong")
    func settings() {
        let doctor = Doctor(flags: ["--prot", "1"], environment: place.environment)
        #expect(doctor.settings.count == Setting.all.count)
        #expect(doctor.examine().contains { $0.state == .error && $0.sentence.contains("--port") })
    }

    @Test("a running server is seen")
    func running() async throws {
        try await RunningServer.running(try place.settings(), in: place) { _ in
            let running = try await findings()
            #expect(running.contains { $0.subject == "server" && $0.sentence.contains("running") })
        }
        let seen = try await findings()
        #expect(seen.contains { $0.subject == "server" && $0.sentence.hasPrefix("No server") })
    }

    @Test("a missing key is seen when there is data")
    func missingKey() async throws {
        try await RunningServer.running(try place.settings(), in: place) { _ in }
        try FileManager.default.removeItem(atPath: place.home + "/.config/conclave")
        let seen = try await findings()
        #expect(seen.contains { $0.subject == "master key" && $0.state == .error })
    }

    @Test("risky settings are warnings")
    func risks() async throws {
        let old = try await findings("--tls-minimum-version", "1.2")
        #expect(old.contains { $0.state == .warning && $0.sentence.contains("1.2") })
        let open = try await findings("--registration-mode", "open")
        #expect(open.contains { $0.state == .warning && $0.sentence.contains("open") })
        let frozen = try await findings()
        #expect(!frozen.contains { $0.sentence.contains("legacy-endpoints") })
        let thawed = try await findings("--media-legacy-endpoints", "true")
        #expect(thawed.contains { $0.state == .warning && $0.sentence.contains("legacy-endpoints") })
    }
}
