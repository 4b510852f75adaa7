import Matrix

/// What an event says of its place beneath another one: `m.relates_to` with a `rel_type`.
///
/// A rich reply alone is no relation of this kind, for it has no `rel_type`.
///
/// [Specification](https://spec.matrix.org/v1.19/client-server-api/#forming-relationships-between-events)
package struct Relation: Sendable, Equatable {
    /// The kind: the `rel_type`.
    package let kind: RelationKind
    /// The event that it points at.
    package let parent: EventID
    /// What an annotation says, for instance an emoji.
    package let key: String?

    /// Reads the relation of an event's content; `nil` where there is none or it does not match its schema.
    package init?(in content: JSON) {
        guard let relation = content["m.relates_to"], relation.kind == .object,
            let kind = relation["rel_type"]?.string, !kind.isEmpty, let parent = relation["event_id"]?.string,
            // A relation to something that is no event ID is no relation.
            let parent = try? EventID(parsing: parent)
        else { return nil }
        self.kind = RelationKind(rawValue: kind)
        self.parent = parent
        key = relation["key"]?.string
    }
}

/// A `rel_type`.
package struct RelationKind: RawRepresentable, Hashable, Sendable {
    /// The name as events have it.
    package let rawValue: String

    /// A kind of that name, also one that the specification does not have.
    package init(rawValue: String) { self.rawValue = rawValue }

    /// An edit.
    package static let replace = RelationKind(rawValue: "m.replace")
    /// A reaction.
    package static let annotation = RelationKind(rawValue: "m.annotation")
    /// A message in a thread.
    package static let thread = RelationKind(rawValue: "m.thread")
    /// Any other reference.
    package static let reference = RelationKind(rawValue: "m.reference")

    /// Whether the specification knows it.
    package var isSpecified: Bool { [.replace, .annotation, .thread, .reference].contains(self) }
}
