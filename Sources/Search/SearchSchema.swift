import Storage

/// The tables of search: which events are indexed, and the index of each room in sealed blocks.
package enum SearchSchema {
    /// The migrations of this target, in order; appended, never edited.
    package static let migrations: [Migration] = [
        Migration(
            "search/0001 index",
            "CREATE TABLE search_state(id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1), position INTEGER NOT NULL)",
            "INSERT INTO search_state(id, position) VALUES (1, 0)",
            "CREATE TABLE search_keys(room INTEGER NOT NULL PRIMARY KEY, sealed BLOB NOT NULL)",
            """
            CREATE TABLE search_segments(
                segment INTEGER PRIMARY KEY,
                room INTEGER NOT NULL,
                first_position INTEGER NOT NULL,
                last_position INTEGER NOT NULL,
                events INTEGER NOT NULL,
                directory BLOB NOT NULL,
                CHECK (first_position <= last_position)
            )
            """,
            "CREATE UNIQUE INDEX search_segments_room ON search_segments(room, last_position)",
            """
            CREATE TABLE search_blocks(
                segment INTEGER NOT NULL REFERENCES search_segments(segment) ON DELETE CASCADE,
                block INTEGER NOT NULL,
                sealed BLOB NOT NULL,
                PRIMARY KEY (segment, block)
            )
            """,
            // Events whose content was taken back after they were indexed; their postings go when the index is next tidied.
            """
            CREATE TABLE search_removals(
                room INTEGER NOT NULL,
                position INTEGER NOT NULL,
                PRIMARY KEY (room, position)
            )
            """)
    ]

    /// What these tables hold of rooms and events.
    package static let holdings: [Holding] = [
        Holding("search_keys", room: .deleted(by: "room")),
        Holding("search_segments", room: .deleted(by: "room")),
        Holding(
            "search_removals", room: .deleted(by: "room"), event: .kept(because: "it says what has to be taken out of the index")),
    ]
}
