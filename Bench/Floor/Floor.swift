import Foundation
import Hummingbird
import HummingbirdTLS
import Keys
import Logging
import NIOCore
import NIOSSL
import Storage

/// The floor under every number of `make bench`: what this machine gives to a server that does nothing.
///
///     conclave-floor echo PORT CERTIFICATE KEY       answers every request over TLS with its own body
///     conclave-floor commits DIRECTORY WRITERS SECONDS   rows of 700 bytes, each committed to the encrypted store
@main
enum Floor {
    static func main() async throws {
        let words = Array(CommandLine.arguments.dropFirst())
        switch (words.first, words.count) {
        case ("echo", 4): try await echo(port: Int(words[1]) ?? 0, certificate: words[2], key: words[3])
        case ("commits", 4): try await commits(in: words[1], writers: Int(words[2]) ?? 1, seconds: Double(words[3]) ?? 5)
        default:
            FileHandle.standardError.write(Data("usage: conclave-floor echo … | conclave-floor commits …\n".utf8))
            exit(64)
        }
    }

    private static func echo(port: Int, certificate: String, key: String) async throws {
        let router = Router()
        @Sendable func answer(_ request: Request) async throws -> Response {
            let body = try await request.body.collect(upTo: 1_048_576)
            return Response(status: .ok, headers: [.contentType: "application/json"], body: .init(byteBuffer: body))
        }
        router.get("**") { request, _ in try await answer(request) }
        router.put("**") { request, _ in try await answer(request) }
        var tls = TLSConfiguration.makeServerConfiguration(
            certificateChain: try NIOSSLCertificate.fromPEMFile(certificate).map { .certificate($0) },
            privateKey: .privateKey(try NIOSSLPrivateKey(file: key, format: .pem)))
        tls.minimumTLSVersion = .tlsv13
        var logger = Logger(label: "floor")
        logger.logLevel = .error
        let application = Application(
            router: router, server: try .tls(.http1(), tlsConfiguration: tls),
            configuration: .init(address: .hostname("127.0.0.1", port: port)), logger: logger)
        try await application.runService()
    }

    private static func commits(in directory: String, writers: Int, seconds: Double) async throws {
        let schema = Migration("floor", "CREATE TABLE floor(position INTEGER PRIMARY KEY, sealed BLOB NOT NULL)")
        let store = try Store.open(.init(directory: URL(filePath: directory), masterKey: .random(), migrations: [schema]))
        let row = (0..<700).map { UInt8($0 & 255) }
        let clock = ContinuousClock()
        let began = clock.now
        let deadline = began + .seconds(seconds)
        let count = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<writers {
                group.addTask {
                    var done = 0
                    while clock.now < deadline {
                        try await store.write { tx in
                            _ = try tx.run("INSERT INTO floor(position, sealed) VALUES (?, ?)", .int(tx.nextPosition()), .blob(row))
                        }
                        done += 1
                    }
                    return done
                }
            }
            return try await group.reduce(0, +)
        }
        let took = began.duration(to: clock.now) / .seconds(1)
        await store.close()
        print("{\"writers\": \(writers), \"commits\": \(count), \"per_second\": \(Int(Double(count) / took))}")
    }
}
