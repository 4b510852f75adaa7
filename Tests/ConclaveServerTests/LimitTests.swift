import ConclaveServer
import Foundation
import Testing

@Suite("Limits of a listener")
struct LimitTests {
    let place = Workplace()

    func plain(_ flags: String...) throws -> Settings {
        try Settings.read(
            flags: ["--data-dir", place.data, "--port", "none", "--plain-port", "0", "--metrics-port", "none"] + flags,
            environment: place.environment)
    }

    @Test("headers that are too large are refused")
    func headers() async throws {
        try await RunningServer.running(try plain("--limits-header-bytes", "4096"), in: place) { server in
            let long = String(repeating: "x", count: 5000)
            let answer = try await Web.send(
                "GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-Long: \(long)\r\n\r\n", to: try #require(server.report.plainPort))
            #expect(!answer.hasPrefix("HTTP/1.1 200"))
        }
    }

    @Test("a connection over which nothing comes is closed")
    func idle() async throws {
        try await RunningServer.running(try plain("--limits-idle-seconds", "5"), in: place) { server in
            let caller = try await PlainCaller.connect(try #require(server.report.plainPort))
            #expect(await caller.isClosed(within: 9))
        }
    }

    @Test("more connections than allowed wait until one goes")
    func connections() async throws {
        try await RunningServer.running(try plain("--limits-connections", "1"), in: place) { server in
            let port = try #require(server.report.plainPort)
            let first = try await PlainCaller.connect(port)
            async let second = Web.get("http://127.0.0.1:\(port)/healthz")
            try await Task.sleep(for: .milliseconds(200))
            await first.close()
            #expect(try await second.body == "ok\n")
        }
    }

    @Test("neither path nor query of a request is ever logged")
    func logging() async throws {
        let lines = Lines()
        try await RunningServer.running(try plain("--log-level", "trace"), in: place, log: lines) { server in
            let port = try #require(server.report.plainPort)
            _ = try await Web.get("http://127.0.0.1:\(port)/setup/cvs_secret")
            _ = try await Web.send(
                "GET /readyz?access_token=cva_secret HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer cva_secret\r\nConnection: close\r\n\r\n",
                to: port)
        }
        #expect(lines.text.contains(#""route":"/readyz""#))
        #expect(!lines.text.contains("secret"))
        for line in lines.text.split(separator: "\n") {
            #expect((try? JSONSerialization.jsonObject(with: Data(line.utf8))) != nil, "\(line)")
        }
    }
}
