import ConclaveServer
import Foundation
import Hummingbird
import Logging
import Rooms
import ServiceLifecycle
import Testing

@testable import ConclaveServer

@Suite("Ends of connections", .timeLimit(.minutes(5)))
struct ConnectionEndTests {
    let place = Workplace()

    @Test("idle connections do not hold up the end of the server, also when their clients sleep", arguments: ["h2", "http/1.1"])
    func sleepers(application: String) async throws {
        let lines = Lines()
        let caller = try await RunningServer.running(try place.settings(), in: place, log: lines) { server in
            let caller = try await Caller.connect(server.port, offering: [application])
            if application == "http/1.1" { #expect(try await caller.ask("/healthz").hasPrefix("HTTP/1.1 200")) }
            try await caller.sleep()
            return caller
        }
        // What is still open when the time to drain is over is cut off, and the log says so.
        #expect(!lines.text.contains("did not finish in time"))
        await caller.close()
    }

    @Test("somebody who hangs up is waited for no longer, with TLS and without", arguments: [true, false])
    func hangUp(overTLS: Bool) async throws {
        let hub = StreamHub(position: 0, serial: 0)
        try await serving(Waiting(hub: hub), overTLS: overTLS) { port in
            let request = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"
            let end: @Sendable () async -> Void
            if overTLS {
                let caller = try await Caller.connect(port)
                try await caller.say(request)
                end = { await caller.close() }
            } else {
                let caller = try await PlainCaller.connect(port)
                try await caller.say(request)
                end = { await caller.close() }
            }
            try await settled(hub, 1)
            await end()
            try await settled(hub, 0)
        }
    }

    @Test("one who stays on the line is answered, and may ask again on the same connection")
    func stays() async throws {
        let hub = StreamHub(position: 0, serial: 0)
        try await serving(Waiting(hub: hub), overTLS: true) { port in
            let caller = try await Caller.connect(port)
            for position in Int64(1)...3 {
                async let answer = caller.ask("/")
                try await settled(hub, 1)
                hub.userChanged(1, position: position)
                #expect(try await answer.hasSuffix("news"))
            }
            await caller.close()
        }
    }

    private func settled(_ hub: StreamHub, _ count: Int) async throws {
        for _ in 0..<5_000 where hub.waiting != count { try await Task.sleep(for: .milliseconds(1)) }
        #expect(hub.waiting == count)
    }

    /// Waits in the hub on behalf of whoever calls.
    private struct Waiting: HTTPResponder {
        let hub: StreamHub

        func respond(to request: Request, context: BasicRequestContext) async throws -> Response {
            let wakeup = await hub.wait(user: 1, device: nil, after: hub.mark, until: 1 << 50)
            return Response(status: .ok, body: .init(byteBuffer: .init(string: "\(wakeup)")))
        }
    }

    private func serving(
        _ responder: Waiting, overTLS: Bool, _ body: @escaping @Sendable (Int) async throws -> Void
    ) async throws {
        let (chain, key) = try TestCertificate.write(in: place)
        let settings = try place.settings("--tls-certificate", chain, "--tls-private-key", key)
        var quiet = Logger(label: "test")
        quiet.logLevel = .critical
        let (ports, opened) = AsyncStream.makeStream(of: Int.self)
        let listeners = Listeners(limits: settings.limits, logger: quiet)
        let endpoint = Settings.Endpoint(address: "127.0.0.1", port: 0)
        let certificate = try ServerCertificate(.files(try #require(settings.certificateFiles)), now: Date())
        let listener =
            overTLS
            ? listeners.tls(responder, on: endpoint, certificate: certificate, allowsTLS12: false) { opened.yield($0) }
            : listeners.plain(responder, on: endpoint) { opened.yield($0) }
        let group = ServiceGroup(services: [listener], logger: quiet)
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            tasks.addTask {
                var iterator = ports.makeAsyncIterator()
                let port = try #require(await iterator.next())
                do { try await body(port) } catch {
                    await group.triggerGracefulShutdown()
                    throw error
                }
                await group.triggerGracefulShutdown()
            }
            try await tasks.waitForAll()
        }
    }
}
