import Hummingbird
import Matrix
import NIOCore
import Synchronization

/// A body that is made while it is sent: the next piece is asked for when the last one is on its way, so memory stays small.
package struct StreamedBody: Sendable {
    /// Gives the pieces one after the other to the function that sends them. Whatever it throws cuts the connection, since the
    /// status is gone by then.
    let produce: @Sendable (_ send: (ByteBuffer) async throws -> Void) async throws -> Void

    /// A body of what `produce` sends.
    package init(_ produce: @escaping @Sendable (_ send: (ByteBuffer) async throws -> Void) async throws -> Void) {
        self.produce = produce
    }
}

/// How slowly a long body may come or go before it is given up.
package struct TransferPace: Sendable, Equatable {
    /// The time over which progress is measured.
    package var window: Duration
    /// Bytes that must pass in each such time.
    package var bytes: Int

    /// A pace of its parts.
    package init(window: Duration, bytes: Int) {
        self.window = window
        self.bytes = bytes
    }

    /// 16 KiB in 30 seconds: slower than any usable network, faster than one who wants to hold the connection.
    package static let standard = TransferPace(window: .seconds(30), bytes: 16_384)
}

/// Counts what passes.
final class Progress: Sendable {
    private let passed = Mutex(0)

    func add(_ bytes: Int) { passed.withLock { $0 += bytes } }

    /// Returns when too little has passed in one window; until then it waits.
    /// - Throws: `CancellationError` when nobody wants to know any more.
    func stalls(below pace: TransferPace) async throws {
        var before = 0
        while true {
            try await Task.sleep(for: pace.window)
            let now = passed.withLock { $0 }
            if now - before < pace.bytes { return }
            before = now
        }
    }
}

extension Exchange {
    /// Hands a long body on piece by piece, at most `limit` bytes, and gives it up when it comes too slowly.
    ///
    /// The next piece is read when the last one was taken, so the sender waits for whoever takes.
    /// - Throws: `M_TOO_LARGE`; `M_UNKNOWN` (408) when it stalls or ends early; what `take` throws.
    package func receive(
        upTo limit: Int64, pace: TransferPace = .standard, _ take: @escaping @Sendable (ByteBuffer) async throws -> Void
    ) async throws {
        let announced = request.headers[.contentLength].flatMap { Int64($0) }
        if let announced, announced > limit { throw Self.tooLong(limit) }
        try await withThrowingTaskGroup(of: Void.self) { [request] group in
            let progress = Progress()
            group.addTask {
                var received: Int64 = 0
                for try await part in request.body {
                    received += Int64(part.readableBytes)
                    guard received <= limit else { throw Self.tooLong(limit) }
                    progress.add(part.readableBytes)
                    try await take(part)
                }
                guard announced == nil || announced == received else {
                    throw MatrixError.unknown("the request body ended early", status: 408)
                }
            }
            group.addTask {
                try await progress.stalls(below: pace)
                throw MatrixError.unknown("the request body came too slowly", status: 408)
            }
            defer { group.cancelAll() }
            try await group.next()
        }
    }

    private static func tooLong(_ limit: Int64) -> MatrixError {
        .tooLarge("the upload is larger than \(limit) bytes")
    }
}

extension Reply {
    /// The answer as Hummingbird sends it.
    /// - Parameter channel: closed when a long body stalls, because only that ends a write that nobody reads.
    func response(on channel: any Channel) -> Response {
        switch body {
        case .bytes(let bytes):
            return Response(status: status, headers: headers, body: .init(byteBuffer: ByteBuffer(bytes: bytes)))
        case .stream(let length, let stream):
            let body = ResponseBody(contentLength: length) { writer in
                let progress = Progress()
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask {
                        // Ends with the group; then there is nothing left to close.
                        guard (try? await progress.stalls(below: .standard)) != nil else { return }
                        channel.close(promise: nil)
                    }
                    defer { group.cancelAll() }
                    try await stream.produce { piece in
                        try await writer.write(piece)
                        progress.add(piece.readableBytes)
                    }
                }
                try await writer.finish(nil)
            }
            return Response(status: status, headers: headers, body: body)
        }
    }
}
