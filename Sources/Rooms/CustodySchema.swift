import Storage

/// The tables of what the operator does with rooms: reports, holds, purges, retention, notices.
enum CustodySchema {
    static let migrations: [Migration] =
        ReportQueries.migrations + [
            Migration(
                "custody/0001 holds, purges, retention",
                // While a room is held nothing of it is deleted; what people redact is kept aside.
                """
                CREATE TABLE room_holds(
                    room INTEGER NOT NULL PRIMARY KEY,
                    since INTEGER NOT NULL,
                    sealed BLOB NOT NULL
                )
                """,
                """
                CREATE TABLE held_events(
                    position INTEGER NOT NULL PRIMARY KEY,
                    room INTEGER NOT NULL,
                    sealed BLOB NOT NULL
                )
                """,
                "CREATE INDEX held_events_room ON held_events(room)",
                """
                CREATE TABLE room_purges(
                    room INTEGER NOT NULL PRIMARY KEY,
                    asked_at INTEGER NOT NULL,
                    emptied_at INTEGER,
                    destroyed_at INTEGER,
                    finished_at INTEGER
                )
                """,
                "CREATE TABLE retention_marks(room INTEGER NOT NULL PRIMARY KEY, up_to INTEGER NOT NULL)",
                // Deleting an event looks for rows that refer to it, in each of these tables.
                "CREATE INDEX current_state_position ON current_state(position)",
                "CREATE INDEX memberships_position ON memberships(position)",
                "CREATE INDEX membership_changes_position ON membership_changes(position)",
                "CREATE INDEX visibility_changes_position ON visibility_changes(position)",
                "CREATE INDEX attention_position ON attention(position)",
                "CREATE INDEX event_threads_position ON event_threads(position)"),
            Migration(
                "custody/0002 notices",
                "CREATE TABLE notice_rooms(person INTEGER NOT NULL PRIMARY KEY, room INTEGER NOT NULL)",
                "CREATE INDEX notice_rooms_room ON notice_rooms(room)"),
        ]
}

extension RoomsSchema {
    private static let history = Holding.Fate.kept(because: "the history of a room names its people")
    private static let state = Holding.Fate.kept(because: "state goes with its room only")

    /// What the tables hold of rooms, people and events, parents before children.
    package static let holdings: [Holding] = [
        Holding("room_info", room: .deleted(by: "room"), person: history),
        Holding("events", room: .deleted(by: "room"), person: history, event: .deleted(by: "position")),
        Holding("current_state", room: .deleted(by: "room"), event: state),
        Holding("memberships", room: .deleted(by: "room"), person: history, event: state),
        Holding("membership_changes", room: .deleted(by: "room"), person: history, event: state),
        Holding("visibility_changes", room: .deleted(by: "room"), event: state),
        Holding("attention", room: .deleted(by: "room"), person: .deleted(by: "user"), event: .deleted(by: "position")),
        Holding("event_threads", room: .deleted(by: "room"), event: .deleted(by: "position")),
        Holding("relations", room: .deleted(by: "room"), person: history, event: .deleted(by: "child")),
        Holding(
            "thread_subscriptions", room: .deleted(by: "room"), person: .deleted(by: "person"), event: .deleted(by: "root")),
        Holding("push_bases", room: .deleted(by: "room"), person: .deleted(by: "user")),
        Holding("push_settings", person: .deleted(by: "person")),
        Holding("aliases", room: .deleted(by: "room"), person: .kept(because: "an alias is the room's")),
        Holding("event_transactions", person: .deleted(by: "user")),
        Holding(
            "receipts", room: .deleted(by: "room"), person: .deleted(by: "user"),
            event: .kept(because: "how far somebody has read still counts")),
        Holding(
            "reports", room: .kept(because: "a report outlives what it is about"),
            person: .kept(because: "a report outlives its people")),
        Holding("room_holds", room: .kept(because: "a held room is not purged, and only a release ends a hold")),
        Holding("held_events", room: .deleted(by: "room"), event: .kept(because: "that is what a hold is for")),
        Holding("room_purges", room: .kept(because: "it says that the room was purged")),
        Holding("retention_marks", room: .deleted(by: "room")),
        Holding("notice_rooms", room: .deleted(by: "room"), person: .deleted(by: "person")),
    ]
}
