import Storage

/// The table of pushers.
package enum PushersSchema {
    /// What the table holds of people.
    package static let holdings: [Holding] = [Holding("pushers", person: .deleted(by: "person"))]

    /// The migrations of this target, in order; appended, never edited.
    package static let migrations: [Migration] = [
        Migration(
            "push/0001 pushers",
            // A pusher goes with the device that made it. `tag` is that of the app and the push key; `position` is up to where the
            // pusher was told; times are in milliseconds.
            """
            CREATE TABLE pushers(
                person INTEGER NOT NULL,
                device TEXT NOT NULL,
                tag BLOB NOT NULL,
                set_at INTEGER NOT NULL,
                position INTEGER NOT NULL,
                failing_since INTEGER,
                sealed BLOB NOT NULL,
                PRIMARY KEY (person, tag),
                FOREIGN KEY (person, device) REFERENCES devices(user, device) ON DELETE CASCADE
            )
            """,
            "CREATE INDEX pushers_tag ON pushers(tag)",
            "CREATE INDEX pushers_device ON pushers(person, device)")
    ]
}
