import Matrix
import Storage

extension RoomWriter {
    /// Notes to which event a new one relates, and in which thread it is: whose root it names, or that of the event to which it
    /// relates. What breaks the rules of its kind is as if it did not relate, with two exceptions
    /// that are refused: the same annotation twice, and a thread that begins at an event which itself is related.
    /// - Throws: `M_DUPLICATE_ANNOTATION`, `M_UNKNOWN` (400).
    func relate(_ pdu: PDU, _ relation: Relation, at position: Int64, sender: Int64) throws {
        let found = try RelationQueries.parent(relation.parent, in: state.number, tx)
        if let root = relation.kind == .thread ? relation.parent.rawValue : found?.thread {
            try ThreadQueries.place(position, in: state.number, root, tx)
        }
        guard let parent = found else { return }
        let type = tx.typeColumn(pdu.type)
        var counts = true
        var keyTag: [UInt8]?
        switch relation.kind {
        case .thread:
            guard parent.kind == nil else { throw RoomError.threadFromRelation }
        case .replace:
            counts =
                parent.sender == sender && parent.type == type && !parent.isState && pdu.stateKey == nil
                && parent.kind != RelationKind.replace.rawValue
                && (pdu.type == "m.room.encrypted" || pdu.content["m.new_content"]?.kind == .object)
        case .annotation:
            counts = parent.kind != RelationKind.annotation.rawValue && parent.kind != RelationKind.replace.rawValue
            keyTag = relation.key.map { tx.tag("\(parent.position)/\(sender)/\(type)/\($0)", .annotation) }
            if let keyTag, try RelationQueries.isAnnotated(keyTag, tx) { throw RoomError.annotatedBefore }
        default: break
        }
        try RelationQueries.insert(
            position, of: parent.position, in: state.number, kind: relation.kind.column(tx), type: type, sender: sender,
            counts: counts, keyTag: keyTag, tx)
    }
}
