import ConclaveServer
import Foundation
import Testing

@Suite("First administrator")
struct SetupTests {
    let place = Workplace()

    func token(_ server: RunningServer) throws -> String {
        String(try #require(server.report.setupUrl?.split(separator: "#").last))
    }

    func make(_ name: String, _ token: String, over caller: Caller) async throws -> String {
        try await caller.ask(
            "/_conclave/setup", method: "POST", body: #"{"token":"\#(token)","username":"\#(name)","password":"quiet lantern 7"}"#
        )
    }

    @Test("the link makes one administrator, once")
    func once() async throws {
        try await RunningServer.running(try place.settings(), in: place) { server in
            let caller = try await Caller.connect(server.port)
            #expect(try await make("mallory", "cvs_wrong", over: caller).hasPrefix("HTTP/1.1 403"))
            let made = try await make("alice", try token(server), over: caller)
            #expect(made.hasPrefix("HTTP/1.1 200"))
            #expect(made.contains("@alice:localhost"))
            #expect(try await make("mallory", try token(server), over: caller).hasPrefix("HTTP/1.1 403"))
            #expect(try await caller.ask("/setup").contains("administrator already"))
            await caller.close()
        }
        let report = try await RunningServer.running(try place.settings(), in: place) { $0.report }
        #expect(report.setupUrl == nil)
    }

    @Test("a restart without an administrator prints a new link, and the old one is worth nothing")
    func newLink() async throws {
        let old = try await RunningServer.running(try place.settings(), in: place) { try token($0) }
        try await RunningServer.running(try place.settings(), in: place) { server in
            #expect(try token(server) != old)
            let caller = try await Caller.connect(server.port)
            #expect(try await make("mallory", old, over: caller).hasPrefix("HTTP/1.1 403"))
            await caller.close()
        }
    }

    @Test("the link is worth nothing after a day")
    func expired() async throws {
        let clock = TestClock()
        try await RunningServer.running(try place.settings(), in: place, now: { clock.now }) { server in
            clock.advance(by: 24 * 3_600_000 + 1)
            let caller = try await Caller.connect(server.port)
            #expect(try await make("mallory", try token(server), over: caller).hasPrefix("HTTP/1.1 403"))
            await caller.close()
        }
    }

    @Test("the page speaks the browser's language, allows nothing foreign and has no inline script or style")
    func page() async throws {
        try await RunningServer.running(try place.settings(), in: place) { server in
            let caller = try await Caller.connect(server.port)
            let english = try await caller.ask("/setup", headers: "Accept-Language: fr, en;q=0.5\r\n")
            #expect(english.contains("<html lang=\"en\">") && english.contains("First administrator"))
            let chinese = try await caller.ask("/setup", headers: "Accept-Language: zh-CN,zh;q=0.9\r\n")
            #expect(chinese.contains("<html lang=\"zh-CN\">") && chinese.contains("首位管理员"))
            #expect(english.contains("default-src 'none'"))
            #expect(english.firstMatch(of: #/<script(?![^>]*src=)/#) == nil)
            #expect(english.firstMatch(of: #/<style|style=|\son\w+=/#) == nil)
            let script = try await caller.ask("/setup/page.js")
            #expect(script.contains("text/javascript") && !script.contains("innerHTML"))
            #expect(try await caller.ask("/setup/page.css").contains("text/css"))
            await caller.close()
        }
    }
}
