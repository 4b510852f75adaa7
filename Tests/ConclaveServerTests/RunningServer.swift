import ConclaveServer
import Foundation
import Logging
import ServiceLifecycle
import Synchronization

/// A whole server in this process, from its start to its orderly end.
struct RunningServer {
    /// What it printed when it was ready.
    let report: Report

    /// The port of the TLS listener.
    var port: Int { report.port ?? 0 }

    struct Report: Decodable, Sendable {
        let address: String
        let port: Int?
        let plainPort: Int?
        let metricsPort: Int?
        let authority: String?
        let setupUrl: String?
        let startMs: Int
    }

    /// Runs a server while `body` uses it.
    static func running<Value: Sendable>(
        _ settings: Settings, in place: Workplace, now: @escaping @Sendable () -> Int64 = Serving.systemTime,
        log lines: Lines? = nil, _ body: @escaping @Sendable (RunningServer) async throws -> Value
    ) async throws -> Value {
        let (reports, continuation) = AsyncStream.makeStream(of: String.self)
        var quiet = Logger(label: "test")
        quiet.logLevel = .critical
        let serving = Serving(settings, environment: place.environment, logger: lines?.logger ?? quiet, now: now) {
            continuation.yield($0.json)
        }
        let group = ServiceGroup(services: [serving], logger: quiet)
        return try await withThrowingTaskGroup(of: Value?.self) { tasks in
            tasks.addTask {
                defer { continuation.finish() }
                try await group.run()
                return nil
            }
            tasks.addTask {
                defer { Task { await group.triggerGracefulShutdown() } }
                var iterator = reports.makeAsyncIterator()
                guard let line = await iterator.next() else { throw NotStarted() }
                let decoder = JSONDecoder()
                decoder.keyDecodingStrategy = .convertFromSnakeCase
                return try await body(RunningServer(report: try decoder.decode(Report.self, from: Data(line.utf8))))
            }
            var result: Value?
            var failure: (any Error)?
            while let next = await tasks.nextResult() {
                switch next {
                case .success(let value): result = value ?? result
                case .failure(let error): failure = error is NotStarted ? failure ?? error : error
                }
            }
            if let failure { throw failure }
            guard let result else { throw NotStarted() }
            return result
        }
    }

    /// Why a server does not start; nil when it does.
    static func failure(_ settings: Settings, in place: Workplace) async -> (any Error)? {
        do {
            try await running(settings, in: place) { _ in }
            return nil
        } catch {
            return error
        }
    }

    struct NotStarted: Error {}
}
