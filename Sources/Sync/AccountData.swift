import Audit
import Matrix
import Rooms
import Storage

/// What people keep on the server for themselves, about everything or about one room.
///
/// [Specification](https://spec.matrix.org/v1.16/client-server-api/#client-config)
package struct AccountData: Sendable {
    let store: Store
    let hub: StreamHub

    /// Actions on account data.
    package init(store: Store, hub: StreamHub) {
        self.store = store
        self.hub = hub
    }

    /// Keeps a piece of data.
    /// - Throws: `M_BAD_JSON` with 405 for types that the server manages, `M_BAD_JSON` when the content is no object,
    ///   `M_INVALID_PARAM` for an impossible type, `M_FORBIDDEN` for a room that does not know the person.
    package func put(
        _ type: String, content: JSON, in roomID: RoomID?, by requester: Requester, at now: Int64
    ) async throws {
        guard !Self.managed.contains(type) else {
            throw MatrixError(.badJSON, "\(type) cannot be set through this API", status: 405)
        }
        guard content.kind == .object else { throw MatrixError.badJSON("the content must be a JSON object") }
        guard !type.isEmpty, type.utf8.count <= 255 else {
            throw MatrixError.invalidParam("the type must have 1 to 255 bytes")
        }
        let bytes = Array(content.raw)
        try await store.write { tx in
            let room = try Self.room(roomID, of: requester.number, tx)
            try set(type, content: bytes, in: room, roomID, by: requester, at: now, tx)
        }
    }

    /// Keeps how far somebody has read, which only the read marker's own endpoint may set.
    package func putFullyRead(_ event: EventID, in roomID: RoomID, by requester: Requester, at now: Int64) async throws {
        var writer = JSONWriter()
        writer.object { $0.member("event_id", event.rawValue) }
        let bytes = writer.bytes
        try await store.write { tx in
            let room = try Self.room(roomID, of: requester.number, tx)
            try set("m.fully_read", content: bytes, in: room, roomID, by: requester, at: now, tx)
        }
    }

    /// The content of a piece of data, as it was put.
    /// - Throws: `M_NOT_FOUND`.
    package func content(_ type: String, in roomID: RoomID?, of person: Int64) async throws -> [UInt8] {
        try await store.read { tx in
            if type == PushRulesDatum.type, roomID == nil { return Array(try PushRulesDatum.make(of: person, tx).content.raw) }
            let room = try roomID.map { try tx.number(of: $0) ?? -1 } ?? Self.noRoom
            guard let datum = try AccountDataQueries.datum(type, of: person, in: room, tx) else {
                throw MatrixError.notFound("no account data of this type")
            }
            return Array(try datum.content.raw)
        }
    }

    /// Puts data in place, with its audit entry, and wakes the person's devices.
    func set(
        _ type: String, content: [UInt8], in room: Int64, _ roomID: RoomID?, as code: AuditCode = .dataAccountSet,
        by requester: Requester, at now: Int64, _ tx: Transaction
    ) throws {
        let position = try AccountDataQueries.set(type, content: content, of: requester.number, in: room, tx)
        if type == IgnoreLists.type, room == Self.noRoom {
            let ignored = IgnoreLists.users(try JSON(parsing: content, limits: AccountDataQueries.limits))
            try PushRuleActions.ignore(ignored, by: requester.number, at: position, tx)
        }
        try AuditLog.append(
            AuditEntry(code: code, by: requester, target: type, room: roomID, time: now), tx)
        let (hub, person) = (hub, requester.number)
        tx.afterCommit { hub.userChanged(person, position: position) }
    }

    /// The number of a room that knows the person; 0 for none.
    /// - Throws: `M_FORBIDDEN`.
    static func room(_ roomID: RoomID?, of person: Int64, _ tx: Transaction) throws -> Int64 {
        guard let roomID else { return noRoom }
        guard let number = try tx.number(of: roomID), try MembershipQueries.membership(person, number, tx) != nil else {
            throw RoomError.notInRoom
        }
        return number
    }

    /// Stands for «no room» in the table.
    static let noRoom: Int64 = 0
    /// What only the server sets.
    private static let managed: Set<String> = ["m.fully_read", "m.push_rules"]
}
