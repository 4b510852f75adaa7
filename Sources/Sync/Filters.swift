import Audit
import Matrix
import Storage
import Synchronization

/// The filters that people stored: sealed per person, the same content under the same ID.
///
/// [Specification](https://spec.matrix.org/v1.16/client-server-api/#filtering)
package final class Filters: Sendable {
    private struct Key: Hashable {
        let person: Int64
        let id: String
    }

    private let store: Store
    private let known = Mutex<[Key: SyncFilter]>([:])
    private static let capacity = 10_000
    private static let mostPerPerson = 1_000

    /// The filters in a store.
    package init(store: Store) { self.store = store }

    /// Stores a filter.
    /// - Returns: its ID, which never begins with `{`.
    /// - Throws: `M_BAD_JSON`, `M_INVALID_PARAM`, `M_TOO_LARGE`, `M_LIMIT_EXCEEDED` for somebody who stores filters without end.
    package func add(_ json: JSON, by requester: Requester, at now: Int64) async throws -> String {
        guard json.raw.count <= SyncFilter.maxBytes else {
            throw MatrixError.tooLarge("the filter is larger than \(SyncFilter.maxBytes) bytes")
        }
        _ = try SyncFilter(json)
        let canonical: [UInt8]
        do { canonical = try json.canonical() } catch { throw MatrixError.badJSON("the filter holds numbers that are not whole") }
        return try await store.write { tx in
            let tag = tx.tag(String(decoding: canonical, as: UTF8.self), .filter)
            let id = Base64.encode(tag, urlSafe: true)
            let person = requester.number
            if try tx.first("SELECT 1 FROM sync_filters WHERE person = ? AND id = ?", .int(person), .text(id)) != nil {
                return id
            }
            let count = try tx.first("SELECT COUNT(*) FROM sync_filters WHERE person = ?", .int(person))?.int(0) ?? 0
            guard count < Self.mostPerPerson else {
                throw MatrixError.forbidden("there are \(count) filters of yours already; use one of them")
            }
            try tx.run(
                "INSERT INTO sync_filters(person, id, sealed) VALUES (?, ?, ?)", .int(person), .text(id),
                .blob(try tx.seal(canonical, .person(person), place: Self.place(id))))
            try AuditLog.append(AuditEntry(code: .dataFilterCreate, by: requester, target: id, time: now), tx)
            return id
        }
    }

    /// The definition of a stored filter.
    /// - Throws: `M_NOT_FOUND`.
    package func definition(_ id: String, of person: Int64) async throws -> [UInt8] {
        try await store.read { tx in
            let row = try tx.first("SELECT sealed FROM sync_filters WHERE person = ? AND id = ?", .int(person), .text(id))
            guard let row else { throw MatrixError.notFound("no such filter") }
            return try tx.open(row.blob(0), .person(person), place: Self.place(id))
        }
    }

    /// The filter that a request names: inline JSON, the ID of a stored one, or nothing.
    /// - Throws: `M_NOT_JSON`, `M_BAD_JSON`, `M_INVALID_PARAM`, also for an unknown ID.
    package func filter(_ text: String?, of person: Int64) async throws -> SyncFilter {
        guard let text, !text.isEmpty else { return SyncFilter() }
        if text.hasPrefix("{") { return try SyncFilter(parsing: text) }
        let key = Key(person: person, id: text)
        if let filter = known.withLock({ $0[key] }) { return filter }
        let bytes: [UInt8]
        do { bytes = try await definition(text, of: person) } catch let error as MatrixError where error.code == .notFound {
            throw MatrixError.invalidParam("no such filter")
        }
        let filter = try SyncFilter(JSON(parsing: bytes, limits: .event))
        known.withLock { held in
            if held.count >= Self.capacity { held.removeAll() }
            held[key] = filter
        }
        return filter
    }

    private static func place(_ id: String) -> String { "sync_filters/\(id)" }
}
