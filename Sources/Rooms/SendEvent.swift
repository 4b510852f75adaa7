import Audit
import Matrix
import Storage

extension RoomActions {
    /// Sends a message event. The same transaction ID from the same device sends once; later calls return the first event.
    /// - Throws: `M_FORBIDDEN`, `M_BAD_JSON` when the content is not canonical JSON, `M_TOO_LARGE`.
    package func send(
        _ type: String, content: JSON, transaction: String, in roomID: RoomID, by requester: Requester, at now: Int64
    ) async throws -> EventID {
        let canonical = try Self.canonical(content)
        let redacts = type == "m.room.redaction" ? content["redacts"]?.string : nil
        let code: AuditCode = type == "m.room.redaction" ? .roomMessageRedact : .roomMessageSend
        return try await once(transaction, "send/\(type)", code, in: roomID, by: requester, at: now) { writer in
            try encryption.check(type, in: writer.state)
            if type == "m.room.redaction" {
                guard let redacts else { throw MatrixError.missingParam("redacts is missing") }
                return try writer.redact(EventID(parsing: redacts), content: canonical, by: requester, at: now)
            }
            return try writer.append(
                RoomWriter.Wish(type, canonical: canonical), by: requester.user, requester.number, at: now
            ).eventID
        }
    }

    /// Redacts an event: its content is removed from the database, and a redaction event says who did it and why.
    /// - Parameter ownOnly: whether only the person's own events may be redacted, as for suspended accounts.
    /// - Throws: `M_FORBIDDEN`, `M_NOT_FOUND` when the room has no such event, `M_USER_SUSPENDED`.
    package func redact(
        _ event: EventID, reason: String?, transaction: String, in roomID: RoomID, ownOnly: Bool = false,
        by requester: Requester, at now: Int64
    ) async throws -> EventID {
        try await once(transaction, "redact/\(event)", .roomMessageRedact, in: roomID, by: requester, at: now) { writer in
            var content: [String: JSONValue] = reason.map { ["reason": .string($0)] } ?? [:]
            if writer.state.version.keepsRedactsInContent { content["redacts"] = .string(event.rawValue) }
            return try writer.redact(
                event, content: JSONValue.object(content).canonical(), ownOnly: ownOnly, by: requester, at: now)
        }
    }

    /// Runs a change that a device may repeat: when it was done before, the event of that time is the answer.
    private func once(
        _ transaction: String, _ operation: String, _ code: AuditCode, in roomID: RoomID, by requester: Requester,
        at now: Int64, _ body: @escaping @Sendable (inout RoomWriter) throws -> EventID
    ) async throws -> EventID {
        guard !transaction.isEmpty, transaction.utf8.count <= 255 else {
            throw MatrixError.invalidParam("the transaction ID must have 1 to 255 bytes")
        }
        let device = requester.device ?? ""
        let tag = store.tag("\(roomID)/\(operation)/\(transaction)", .transaction)
        return try await change(roomID) { writer in
            let tx = writer.tx
            if let earlier = try EventQueries.sent(by: requester.number, device: device, tag: tag, tx) { return earlier }
            writer.transaction = EventRecord.SendingTransaction(device: device, id: transaction)
            let event = try body(&writer)
            try EventQueries.remember(event, by: requester.number, device: device, tag: tag, at: now, tx)
            try writer.record(code, event.rawValue, by: requester, at: now)
            return event
        }
    }

    /// Content as canonical JSON, which events of every version here must be.
    static func canonical(_ content: JSON) throws(MatrixError) -> [UInt8] {
        guard content.kind == .object else { throw .badJSON("the content must be an object") }
        do { return try content.canonical() } catch { throw error.matrixError }
    }
}

extension RoomWriter {
    /// Appends a redaction and takes the content out of the event that it names.
    mutating func redact(
        _ target: EventID, content: [UInt8], ownOnly: Bool = false, by requester: Requester, at now: Int64
    ) throws -> EventID {
        guard let victim = try EventQueries.find(target, in: state.number, state.version, tx) else {
            // Whoever is not in the room does not learn which events it has.
            throw state.membership(of: requester.user) == .join ? RoomError.eventNotFound : RoomError.notInRoom
        }
        let levels = PowerLevels(state: state, version: state.version)
        guard victim.pdu.sender == requester.user || levels.level(of: requester.user) >= levels.redact else {
            throw MatrixError.forbidden("your power level does not allow you to redact other people's events")
        }
        guard !ownOnly || victim.pdu.sender == requester.user else {
            throw MatrixError.userSuspended("a suspended account redacts its own events only")
        }
        guard victim.pdu.type != "m.room.create" else {
            throw MatrixError.forbidden("the event that created the room cannot be redacted")
        }
        let redaction = try append(
            Wish("m.room.redaction", canonical: content, redacts: target), by: requester.user, requester.number,
            at: now)
        guard !victim.isRedacted, let position = state.latestPosition else { return redaction.eventID }
        let admittedGuests = state.admitsGuests
        let pruned = victim.pdu.redacted(version: state.version)
        try HoldQueries.keepAside(victim.position, of: state.number, tx)
        try EventQueries.redact(pruned, at: victim.position, room: state.number, by: position, tx)
        tx.emptyLogLater()
        if let stateKey = pruned.stateKey {
            replaceInMemory(
                StateEvent(
                    eventID: pruned.eventID, sender: pruned.sender, type: pruned.type, stateKey: stateKey,
                    content: pruned.content, position: victim.position))
            try sendGuestsAway(admittedBefore: admittedGuests, by: requester, at: now)
        }
        let cache = actions.cache
        let redacted = victim.position
        tx.afterCommit { cache.forget(redacted) }
        return redaction.eventID
    }
}
