/// One step of the schema. Steps are appended and never edited: an applied step is remembered with a digest of its SQL.
package struct Migration: Sendable {
    /// Unique among all targets, as in `rooms/0001 events`.
    package let name: String
    /// The statements, in order.
    package let statements: [String]

    /// A step of one or more statements.
    package init(_ name: String, _ statements: String...) {
        self.name = name
        self.statements = statements
    }
}

extension Store {
    /// The tables that Storage itself needs; always applied first.
    static let schema: [Migration] = [
        Migration(
            "storage/0001 keys and numbers",
            """
            CREATE TABLE data_keys (
                scope TEXT NOT NULL,
                generation INTEGER NOT NULL,
                uses INTEGER NOT NULL,
                created_at INTEGER NOT NULL,
                PRIMARY KEY (scope, generation)
            )
            """,
            """
            CREATE TABLE key_wraps (
                scope TEXT NOT NULL,
                generation INTEGER NOT NULL,
                master_generation INTEGER NOT NULL,
                wrapped BLOB NOT NULL,
                PRIMARY KEY (scope, generation, master_generation),
                FOREIGN KEY (scope, generation) REFERENCES data_keys (scope, generation) ON DELETE CASCADE
            )
            """,
            "CREATE INDEX key_wraps_master ON key_wraps (master_generation)",
            "CREATE TABLE destroyed_keys (scope TEXT NOT NULL PRIMARY KEY, destroyed_at INTEGER NOT NULL)",
            "CREATE TABLE person_numbers (number INTEGER PRIMARY KEY, tag BLOB NOT NULL UNIQUE, sealed BLOB NOT NULL)",
            "CREATE TABLE room_numbers (number INTEGER PRIMARY KEY, tag BLOB NOT NULL UNIQUE, sealed BLOB NOT NULL)",
            "CREATE TABLE stream_position (id INTEGER PRIMARY KEY CHECK (id = 1), position INTEGER NOT NULL)",
            "INSERT INTO stream_position (id, position) VALUES (1, 0)"),
        Migration(
            "storage/0002 erased people",
            "CREATE TABLE erased_people (person INTEGER NOT NULL PRIMARY KEY, position INTEGER NOT NULL)"),
    ]

    /// What those tables hold of rooms and people.
    package static let holdings: [Holding] = [
        Holding("erased_people", person: .kept(because: "it says who was erased, so that his events stay hidden"))
    ]
}
