import Storage

/// The tables of what belongs to one person alone: account data and filters.
package enum SyncSchema {
    /// What the tables hold of rooms and people.
    package static let holdings: [Holding] = [
        Holding("account_data", room: .deleted(by: "room"), person: .deleted(by: "person")),
        Holding("sync_filters", person: .deleted(by: "person")),
    ]

    /// The migrations of this target, in order; appended, never edited.
    package static let migrations: [Migration] = [
        Migration(
            "sync/0001 account data and filters",
            // `room` is 0 for what belongs to no room; `type` is Storage's type column.
            """
            CREATE TABLE account_data(
                person INTEGER NOT NULL,
                room INTEGER NOT NULL,
                type TEXT NOT NULL,
                position INTEGER NOT NULL,
                sealed BLOB NOT NULL,
                PRIMARY KEY (person, room, type)
            )
            """,
            "CREATE INDEX account_data_changed ON account_data(person, position)",
            """
            CREATE TABLE sync_filters(
                person INTEGER NOT NULL,
                id TEXT NOT NULL,
                sealed BLOB NOT NULL,
                PRIMARY KEY (person, id)
            )
            """)
    ]
}
