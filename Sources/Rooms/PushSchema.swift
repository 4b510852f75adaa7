import Storage

/// The tables of notifications: what of a person's rules differs from everybody's, and what that made of events.
enum PushSchema {
    static let migrations: [Migration] = [
        Migration(
            "rooms/0002 push rules, attention, threads",
            // One row for each person whose rules or ignored people make a difference; `position` is that of the last change of
            // the rules, 0 if there was none.
            """
            CREATE TABLE push_settings(
                person INTEGER NOT NULL PRIMARY KEY,
                position INTEGER NOT NULL DEFAULT 0,
                rules BLOB,
                ignored BLOB
            )
            """,
            // Whether events from here on notify a person only where `attention` says so; without a row they notify as everybody.
            """
            CREATE TABLE push_bases(
                room INTEGER NOT NULL,
                "user" INTEGER NOT NULL,
                position INTEGER NOT NULL,
                silent INTEGER NOT NULL CHECK (silent IN (0, 1)),
                PRIMARY KEY (room, "user", position)
            )
            """,
            // What an event is to a person besides what `events.notifies` says, as a difference; person 0 is everybody.
            """
            CREATE TABLE attention(
                room INTEGER NOT NULL,
                "user" INTEGER NOT NULL,
                position INTEGER NOT NULL REFERENCES events(position),
                notifies INTEGER NOT NULL CHECK (notifies IN (-1, 0, 1)),
                highlights INTEGER NOT NULL CHECK (highlights IN (-1, 0, 1)),
                PRIMARY KEY (room, "user", position)
            )
            """,
            "CREATE INDEX attention_event ON attention(room, position)",
            #"INSERT INTO attention(room, "user", position, notifies, highlights) SELECT room, "user", position, 0, 1 FROM mentions"#,
            "DROP TABLE mentions",
            // The events that belong to a thread; the others are in the main timeline.
            """
            CREATE TABLE event_threads(
                room INTEGER NOT NULL,
                position INTEGER NOT NULL REFERENCES events(position),
                root TEXT NOT NULL,
                PRIMARY KEY (room, position)
            )
            """)
    ]
}
