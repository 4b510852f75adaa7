import Matrix
import Storage

/// Whom an event asks for attention: counted as unread, and marked for those it mentions.
struct Attention {
    /// Whether the event counts as unread for those who have not seen it.
    let notifies: Bool
    /// The joined members, by number, for whom it is a highlight.
    let mentioned: [Int64]

    /// Judges an event by the default push rules: messages count, notices and edits do not, mentions highlight.
    init(of pdu: PDU, in state: RoomState, sender: Int64, _ tx: Transaction) throws {
        let content = pdu.content
        let isEdit = content["m.relates_to"]?["rel_type"]?.string == "m.replace"
        switch pdu.type {
        case "m.room.message": notifies = content["msgtype"]?.string != "m.notice" && !isEdit
        case "m.room.encrypted": notifies = !isEdit
        case "m.room.tombstone": notifies = pdu.stateKey == ""
        default: notifies = false
        }
        guard let mentions = content["m.mentions"], mentions.kind == .object, !isEdit else {
            mentioned = []
            return
        }
        var users: Set<Int64> = []
        for element in (mentions["user_ids"]?.elements).map(Array.init)?.prefix(Self.mostMentions) ?? [] {
            guard let text = element.string, let user = try? UserID(parsing: text),
                state.membership(of: user) == .join, let number = try tx.number(of: user)
            else { continue }
            users.insert(number)
        }
        let levels = PowerLevels(state: state, version: state.version)
        if mentions["room"]?.bool == true, levels.level(of: pdu.sender) >= levels.notifications("room") {
            users.formUnion(state.joined)
        }
        users.remove(sender)
        mentioned = users.sorted()
    }

    /// More names than this in one event are noise.
    private static let mostMentions = 100
}
