import Audit
import Foundation
import Keys
import Matrix
import Media
import NIOCore
import Storage
import Synchronization
import TestHouse

/// A repository over a database and a directory of its own, with a clock that moves by a millisecond at each look.
final class MediaHouse: House {
    let media: MediaRepository
    private let scratch: ScratchStore
    private let clock = TickingClock()

    init(
        scanner: VirusScanner? = nil, imageProgram: ImageProgram? = nil, _ change: (inout MediaPolicy) -> Void = { _ in }
    ) throws {
        scratch = try ScratchStore("media", migrations: AuditLog.schema + MediaSchema.migrations)
        var policy = MediaPolicy()
        change(&policy)
        media = try MediaRepository(
            store: scratch.store, serverName: ServerName(parsing: "example.org"), directory: scratch.directory.path + "/media",
            policy: policy,
            imageProgram: imageProgram, scanner: scanner)
    }

    var store: Store { scratch.store }
    var directory: URL { scratch.directory }
    var now: Int64 { clock.now }

    func pass(_ milliseconds: Int64) { clock.pass(milliseconds) }

    /// Uploads in pieces of 10,000 bytes, as a network brings them.
    @discardableResult
    func upload(
        _ bytes: [UInt8], type: String? = "image/png", name: String? = nil, by requester: Requester, to id: MediaID? = nil
    ) async throws -> MediaID {
        let description = MediaDescription(type: type, fileName: name)
        let receive: @Sendable (MediaSink) async throws -> Void = { sink in
            var sent: Int64 = 0
            for start in stride(from: 0, to: bytes.count, by: 10_000) {
                let piece = bytes[start..<min(start + 10_000, bytes.count)]
                sent += Int64(piece.count)
                guard sent <= sink.limit else { throw MatrixError.tooLarge("too large") }
                try await sink.take(ByteBuffer(bytes: piece))
            }
        }
        guard let id else { return try await media.upload(description, by: requester, at: now, receive: receive) }
        try await media.upload(description, to: id, by: requester, at: now, receive: receive)
        return id
    }

    func find(_ id: MediaID, waiting: Duration = .zero) async throws -> StoredMedia {
        try await media.content(of: id, on: "example.org", waiting: waiting, at: now)
    }

    func bytes(_ id: MediaID) async throws -> [UInt8] {
        let found = try await find(id)
        return try await found.reader.bytes(0..<found.reader.length)
    }

    /// The encrypted files, those that are still growing among them.
    var files: [URL] {
        let found = FileManager.default.enumerator(
            at: directory.appending(path: "media"), includingPropertiesForKeys: [.isRegularFileKey])
        return (found?.allObjects as? [URL] ?? []).filter { !$0.hasDirectoryPath }
    }
}

/// Bytes that do not repeat.
func noise(_ count: Int, seed: UInt64 = 1) -> [UInt8] {
    var state = seed &* 0x9E37_79B9_7F4A_7C15
    return (0..<count).map { _ in
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return UInt8(truncatingIfNeeded: state >> 33)
    }
}

/// Counts calls.
final class Counter: Sendable {
    private let value = Mutex(0)

    /// The number of calls before this one.
    func next() -> Int {
        value.withLock {
            $0 += 1; return $0 - 1
        }
    }

    var count: Int { value.withLock { $0 } }
}
