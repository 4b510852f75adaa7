import Matrix
import Rooms
import Storage

/// What of a room is told but not kept: who has read what, and who is typing.
struct Ephemeral {
    /// The finished events.
    private var events: [[UInt8]] = []
    /// Whether the reader's own receipt moved, so that the unread counts did too.
    var movesOwnReceipt = false

    /// Whether there is nothing to tell.
    var isEmpty: Bool { events.isEmpty }

    /// Writes the events.
    func append(to list: inout JSONWriter) {
        for event in events { list.raw(event) }
    }

    fileprivate mutating func add(_ type: String, _ content: (inout JSONWriter) throws -> Void) rethrows {
        var writer = JSONWriter()
        try writer.object { event in
            event.member("type", type)
            try event.memberObject("content", content)
        }
        events.append(writer.bytes)
    }
}

extension SyncPass {
    /// What changed of receipts and typing since a mark; everything if there is none.
    func ephemeral(of room: RoomCase, since: StreamMark?) throws -> Ephemeral {
        var result = Ephemeral()
        let filter = request.filter.ephemeral
        let isWanted = filter.admits(room: room.roomID.rawValue)
        if room.typing || since == nil, isWanted, filter.events.admits(type: "m.typing") {
            let names = try engine.hub.typing.typists(in: room.number).map { try tx.user($0) }.filter { !ignored.contains($0) }
            // An empty list is news only where somebody was typing before.
            if !names.isEmpty || self.since != nil && engine.hub.typingSerial(in: room.number) > 0 {
                result.add("m.typing") { content in
                    content.memberArray("user_ids") { list in names.forEach { list.string($0.rawValue) } }
                }
            }
        }
        guard room.receipts || since == nil else { return result }
        let receipts = try ReceiptQueries.receipts(
            in: room.number, visibleTo: request.number, after: since?.position ?? 0, upTo: mark.position, tx)
        result.movesOwnReceipt = receipts.contains { $0.user == request.number }
        guard isWanted, filter.events.admits(type: "m.receipt") else { return result }
        // One event per thread: in one event the receipts of two threads for the same event would have the same name.
        for (_, group) in Dictionary(grouping: receipts, by: \.threadID).sorted(by: { ($0.key ?? "") < ($1.key ?? "") }) {
            try add(group, to: &result)
        }
        return result
    }

    private func add(_ receipts: [Receipt], to result: inout Ephemeral) throws {
        let content = try ReceiptContent(receipts, wanted: request.filter.ephemeral.events, in: self)
        if !content.isEmpty { result.add("m.receipt") { content.append(to: &$0) } }
    }
}

/// The content of an `m.receipt` event.
struct ReceiptContent {
    private var byEvent: [String: [ReceiptKind: [String: Receipt]]] = [:]

    /// The receipts that the reader wants, without those of people whom he ignores.
    init(_ receipts: [Receipt], wanted: EventFilter = EventFilter(), in pass: SyncPass) throws {
        for receipt in receipts {
            let user = try pass.tx.user(receipt.user)
            guard wanted.admits(sender: user.rawValue), !pass.ignored.contains(user) else { continue }
            byEvent[receipt.eventID, default: [:]][receipt.kind, default: [:]][user.rawValue] = receipt
        }
    }

    var isEmpty: Bool { byEvent.isEmpty }

    func append(to content: inout JSONWriter) {
        for (event, kinds) in byEvent.sorted(by: { $0.key < $1.key }) {
            content.memberObject(event) { object in
                for (kind, receipts) in kinds.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
                    object.memberObject(kind.rawValue) { users in
                        for (user, receipt) in receipts.sorted(by: { $0.key < $1.key }) {
                            users.memberObject(user) { value in
                                value.member("ts", receipt.ts)
                                if let thread = receipt.threadID { value.member("thread_id", thread) }
                            }
                        }
                    }
                }
            }
        }
    }
}
