import Matrix
import Rooms

/// Whatever content relates an event to another names a kind and an event ID.
func fuzzRelation(_ bytes: [UInt8]) {
    guard let content = try? JSON(parsing: bytes), let relation = Relation(in: content) else { return }
    promise(!relation.kind.rawValue.isEmpty, "a relation has a kind")
    promise(try EventID(parsing: relation.parent.rawValue) == relation.parent, "a relation points at an event ID")
    promise(content["m.relates_to"]?["key"]?.string == relation.key, "a key is the text that was sent")
}
