import Audit
import Matrix
import Storage

/// What somebody found wrong, and with what.
///
/// [Specification](https://spec.matrix.org/v1.19/client-server-api/#reporting-content)
package struct Report: Sendable, Equatable {
    /// What is reported.
    package enum Subject: Sendable, Equatable {
        case room(RoomID)
        case event(EventID, in: RoomID)
        case user(UserID)
    }

    /// Its number; they grow.
    package let id: Int64
    /// Who reports.
    package let reporter: UserID
    /// What is reported.
    package let subject: Subject
    /// In the reporter's words; may be empty.
    package let reason: String
    /// Milliseconds since 1970.
    package let createdAt: Int64
}

extension RoomActions {
    /// The longest reason in bytes.
    private static let longestReason = 4_096
    /// Reports of one person in a day.
    private static let mostInADay = 100

    /// Reports a room. Whether it exists is not told.
    /// - Throws: `M_INVALID_PARAM`, `M_LIMIT_EXCEEDED`.
    package func report(_ roomID: RoomID, reason: String, by requester: Requester, at now: Int64) async throws {
        try await keep(reason, by: requester, at: now) { tx in
            let number = try tx.number(of: roomID)
            try AuditLog.append(AuditEntry(code: .roomReport, by: requester, room: roomID, time: now), tx)
            return number.map { ReportQueries.Subject(kind: "room", room: $0) }
        }
    }

    /// Reports an event of a room that the person is in and that he may see.
    /// - Throws: `M_NOT_FOUND` in all other cases, `M_INVALID_PARAM`, `M_LIMIT_EXCEEDED`.
    package func report(
        _ event: EventID, in roomID: RoomID, reason: String, by requester: Requester, at now: Int64
    ) async throws {
        let cache = cache
        try await keep(reason, by: requester, at: now) { tx in
            let room: Int64
            do {
                let reading = try RoomReading(roomID, for: requester.number, tx)
                guard reading.isJoined else { throw RoomError.eventNotFound }
                _ = try reading.event(event, cache: cache, tx)
                room = reading.room
            } catch is RoomReadError {
                // A room that is closed to the reporter and an event that is not there answer alike.
                throw RoomError.eventNotFound
            }
            try AuditLog.append(
                AuditEntry(code: .roomReport, by: requester, target: event.rawValue, room: roomID, time: now), tx)
            return ReportQueries.Subject(kind: "event", room: room, event: event)
        }
    }

    /// Reports a person. Whether there is one of that name is not told.
    /// - Throws: `M_INVALID_PARAM`, `M_LIMIT_EXCEEDED`.
    package func report(_ user: UserID, reason: String, by requester: Requester, at now: Int64) async throws {
        try await keep(reason, by: requester, at: now) { tx in
            let number = try tx.number(of: user)
            try AuditLog.append(AuditEntry(code: .accountReport, by: requester, target: user.rawValue, time: now), tx)
            return number.map { ReportQueries.Subject(kind: "user", person: $0) }
        }
    }

    /// Reports by number, a page at a time, for those who look into them.
    package func reports(after id: Int64 = 0, limit: Int = 100) async throws -> [Report] {
        try await store.read { tx in try ReportQueries.reports(after: id, limit: limit, tx) }
    }

    private func keep(
        _ reason: String, by requester: Requester, at now: Int64,
        _ subject: @escaping @Sendable (Transaction) throws -> ReportQueries.Subject?
    ) async throws {
        guard reason.utf8.count <= Self.longestReason else {
            throw MatrixError.invalidParam("the reason is longer than \(Self.longestReason) bytes")
        }
        try await store.write { tx in
            guard try ReportQueries.count(by: requester.number, since: now - 86_400_000, tx) < Self.mostInADay else {
                throw MatrixError.limitExceeded(retryAfterMilliseconds: 3_600_000)
            }
            guard let subject = try subject(tx) else { return }
            try ReportQueries.insert(subject, reason, by: requester.number, at: now, tx)
        }
    }
}

/// The statements of reports.
package enum ReportQueries {
    /// The table; the reason is sealed with the server's key, since it outlives the room.
    package static let migrations = [
        Migration(
            "reports/0001 reports",
            """
            CREATE TABLE reports(
                id INTEGER NOT NULL PRIMARY KEY,
                reporter INTEGER NOT NULL,
                kind TEXT NOT NULL CHECK (kind IN ('room', 'event', 'user')),
                room INTEGER,
                event_id TEXT,
                person INTEGER,
                created_at INTEGER NOT NULL,
                sealed BLOB NOT NULL,
                CHECK ((kind = 'user') = (room IS NULL)),
                CHECK ((kind = 'user') = (person IS NOT NULL)),
                CHECK ((kind = 'event') = (event_id IS NOT NULL))
            )
            """,
            "CREATE INDEX reports_reporter ON reports(reporter, created_at)")
    ]

    /// What is reported, by numbers.
    struct Subject {
        var kind: String
        var room: Int64?
        var event: EventID?
        var person: Int64?
    }

    static func insert(_ subject: Subject, _ reason: String, by reporter: Int64, at now: Int64, _ tx: Transaction) throws {
        let last = try tx.first("SELECT max(id) FROM reports")?.optionalInt(0) ?? 0
        try tx.run(
            "INSERT INTO reports(id, reporter, kind, room, event_id, person, created_at, sealed) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            .int(last + 1), .int(reporter), .text(subject.kind), SQLValue(subject.room), SQLValue(subject.event?.rawValue),
            SQLValue(subject.person), .int(now), .blob(try tx.seal(reason.utf8, .server, place: place(last + 1))))
    }

    static func count(by reporter: Int64, since: Int64, _ tx: Transaction) throws -> Int {
        let row = try tx.first("SELECT count(*) FROM reports WHERE reporter = ? AND created_at > ?", .int(reporter), .int(since))
        return Int(try row?.int(0) ?? 0)
    }

    static func reports(after id: Int64, limit: Int, _ tx: Transaction) throws -> [Report] {
        try tx.rows(
            "SELECT id, reporter, kind, room, event_id, person, created_at, sealed FROM reports WHERE id > ? ORDER BY id LIMIT ?",
            .int(id), .int(Int64(limit))
        ).map { row in
            let subject: Report.Subject
            switch try row.text(2) {
            case "user": subject = .user(try tx.user(row.int(5)))
            case "event": subject = .event(try EventID(parsing: row.text(4)), in: try tx.room(row.int(3)))
            default: subject = .room(try tx.room(row.int(3)))
            }
            let id = try row.int(0)
            let reason = try tx.open(row.blob(7), .server, place: place(id))
            return Report(
                id: id, reporter: try tx.user(row.int(1)), subject: subject, reason: String(decoding: reason, as: UTF8.self),
                createdAt: try row.int(6))
        }
    }

    private static func place(_ id: Int64) -> String { "reports/\(id)" }
}
