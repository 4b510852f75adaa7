import ConclaveServer
import Foundation
import NIOSSL
import Testing

@Suite("TLS")
struct TLSTests {
    let place = Workplace()

    @Test("TLS 1.2 is refused, TLS 1.3 is taken, and the local authority vouches for localhost")
    func versions() async throws {
        try await RunningServer.running(try place.settings(), in: place) { server in
            await #expect(throws: (any Error).self) { try await Caller.connect(server.port, to: .tlsv12) }
            let caller = try await Caller.connect(server.port, trusting: server.report.authority, from: .tlsv13)
            #expect(try await caller.ask("/healthz").hasPrefix("HTTP/1.1 200"))
            await caller.close()
        }
    }

    @Test("TLS 1.2 is spoken when the setting says so")
    func oldVersion() async throws {
        try await RunningServer.running(try place.settings("--tls-minimum-version", "1.2"), in: place) { server in
            let caller = try await Caller.connect(server.port, to: .tlsv12)
            #expect(try await caller.ask("/healthz").hasPrefix("HTTP/1.1 200"))
            await caller.close()
        }
    }

    @Test("HTTP/2 is preferred, HTTP/1.1 is there for those who know no better")
    func applicationProtocols() async throws {
        try await RunningServer.running(try place.settings(), in: place) { server in
            for (offered, taken) in [(["h2", "http/1.1"], "h2"), (["http/1.1"], "http/1.1"), ([], nil)] as [([String], String?)] {
                let caller = try await Caller.connect(server.port, offering: offered)
                #expect(caller.handshake.application == taken)
                await caller.close()
            }
        }
    }

    @Test("new certificate files are taken within a second, and an open connection does not notice")
    func reload() async throws {
        let (chain, key) = try TestCertificate.write(in: place)
        let settings = try place.settings("--tls-certificate", chain, "--tls-private-key", key)
        try await RunningServer.running(settings, in: place) { [place] server in
            let old = try await Caller.connect(server.port)
            _ = try TestCertificate.write(in: place)
            try await Task.sleep(for: .milliseconds(1200))
            let new = try await Caller.connect(server.port)
            #expect(new.handshake.serial != old.handshake.serial)
            #expect(try await old.ask("/healthz").hasPrefix("HTTP/1.1 200"))
            await old.close()
            await new.close()
        }
    }

    @Test("SIGHUP takes new certificate files")
    func signal() async throws {
        // The process must live on in the moment before the server listens to the signal.
        Foundation.signal(SIGHUP, SIG_IGN)
        try await RunningServer.running(try place.settings(), in: place) { [place] server in
            let old = try await Caller.connect(server.port)
            for name in ["server.pem", "server.key"] { unlink(place.data + "/tls/" + name) }
            kill(getpid(), SIGHUP)
            try await Task.sleep(for: .milliseconds(400))
            let new = try await Caller.connect(server.port, trusting: server.report.authority)
            #expect(new.handshake.serial != old.handshake.serial)
            #expect(try await old.ask("/readyz").hasPrefix("HTTP/1.1 200"))
            await old.close()
            await new.close()
        }
    }

    @Test("certificate files that do not belong together change nothing while the server runs")
    func brokenReload() async throws {
        let (chain, key) = try TestCertificate.write(in: place)
        let settings = try place.settings("--tls-certificate", chain, "--tls-private-key", key)
        try await RunningServer.running(settings, in: place) { server in
            let old = try await Caller.connect(server.port)
            try Data("not a key".utf8).write(to: URL(filePath: key))
            try await Task.sleep(for: .milliseconds(1200))
            let new = try await Caller.connect(server.port)
            #expect(new.handshake.serial == old.handshake.serial)
            await old.close()
            await new.close()
        }
    }

    @Test("certificate files that do not belong together stop the start")
    func brokenStart() async throws {
        let (chain, _) = try TestCertificate.write(in: place)
        let (_, key) = try TestCertificate.write(in: place, name: "other")
        let settings = try place.settings("--tls-certificate", chain, "--tls-private-key", key)
        #expect(await RunningServer.failure(settings, in: place) != nil)
    }

    @Test("the local certificate is renewed before it ends, by the same authority")
    func renewal() async throws {
        let settings = try place.settings()
        let longAgo: @Sendable () -> Int64 = { Serving.systemTime() - 70 * 86_400_000 }
        try await RunningServer.running(settings, in: place, now: longAgo) { _ in }
        let authority = place.bytes(place.data + "/tls/ca.pem")
        let certificate = place.bytes(place.data + "/tls/server.pem")
        try await RunningServer.running(settings, in: place) { server in
            let caller = try await Caller.connect(server.port, trusting: server.report.authority)
            await caller.close()
        }
        #expect(place.bytes(place.data + "/tls/ca.pem") == authority)
        #expect(place.bytes(place.data + "/tls/server.pem") != certificate)
    }

    @Test("a connection that never finishes its handshake is closed")
    func silentConnection() async throws {
        try await RunningServer.running(try place.settings("--limits-handshake-seconds", "1"), in: place) { server in
            let silent = try await PlainCaller.connect(server.port)
            #expect(await silent.isClosed(within: 5))
        }
    }
}
