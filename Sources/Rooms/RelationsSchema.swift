import Storage

extension RoomsSchema {
    /// Which event relates to which. A row goes when its event is redacted or removed, so the table holds what still counts.
    static let relations = Migration(
        "rooms/0003 relations between events",
        // `kind` is the `rel_type`, in clear for those that the specification knows and as a tag for all others; `counts` says
        // whether the relation keeps the rules of its kind; `key_tag` is the tag of an annotation: its place, its
        // sender and its key, so that two rows tell nothing of each other.
        """
        CREATE TABLE relations(
            child INTEGER NOT NULL PRIMARY KEY REFERENCES events(position) ON DELETE CASCADE,
            room INTEGER NOT NULL,
            parent INTEGER NOT NULL REFERENCES events(position) ON DELETE CASCADE,
            kind TEXT NOT NULL,
            type TEXT NOT NULL,
            sender INTEGER NOT NULL,
            counts INTEGER NOT NULL CHECK (counts IN (0, 1)),
            key_tag BLOB
        )
        """,
        "CREATE INDEX relations_parent ON relations(parent, kind, child)",
        "CREATE INDEX relations_threads ON relations(room, parent, child) WHERE kind = 'm.thread'",
        // Nobody annotates the same event twice in the same way.
        "CREATE UNIQUE INDEX relations_annotation ON relations(key_tag) WHERE key_tag IS NOT NULL")
}
