import Storage

extension RoomsSchema {
    /// Which threads people follow. The row of a thread that somebody follows no more stays: it says since when.
    static let threadSubscriptions = Migration(
        "rooms/0005 thread subscriptions",
        // `root` is the position of the event at which the thread begins, `position` that of the last change.
        """
        CREATE TABLE thread_subscriptions(
            root INTEGER NOT NULL REFERENCES events(position),
            person INTEGER NOT NULL,
            room INTEGER NOT NULL,
            position INTEGER NOT NULL,
            subscribed INTEGER NOT NULL CHECK (subscribed IN (0, 1)),
            automatic INTEGER NOT NULL CHECK (automatic IN (0, 1)),
            PRIMARY KEY (root, person),
            CHECK (subscribed = 1 OR automatic = 0)
        )
        """,
        "CREATE UNIQUE INDEX thread_subscriptions_changed ON thread_subscriptions(person, position)",
        "CREATE INDEX thread_subscriptions_room ON thread_subscriptions(room)")
}
