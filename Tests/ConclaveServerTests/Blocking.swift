import ConclaveServer
import NIOPosix

/// Runs what waits for a socket on a thread of its own: the threads of tasks are few, and the server needs them to answer.
enum Blocking {
    static func run<Value: Sendable>(_ work: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await NIOThreadPool.singleton.runIfActive(work)
    }

    static func ask(_ request: AdminRequest, directory: String) async throws -> AdminAnswer? {
        try await run { try AdminClient.ask(request, directory: directory) }
    }
}
