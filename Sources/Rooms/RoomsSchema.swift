import Storage

/// The tables of rooms: events in their order, state as of any position, who is where, aliases, receipts.
///
/// Rooms and people are numbers (`Transaction.number(of:)`), a position is a value of the one counter that all streams share.
package enum RoomsSchema {
    /// The migrations of this target, in order; appended, never edited.
    package static let migrations: [Migration] =
        [
            Migration(
                "rooms/0001 events, members, receipts",
                """
                CREATE TABLE room_info(
                    room INTEGER NOT NULL PRIMARY KEY,
                    version TEXT NOT NULL,
                    creator INTEGER NOT NULL,
                    created_at INTEGER NOT NULL,
                    published INTEGER NOT NULL DEFAULT 0 CHECK (published IN (0, 1))
                )
                """,
                "CREATE INDEX room_info_published ON room_info(room) WHERE published = 1",
                // `sealed` comes last, so that the columns before it are read without its overflow pages.
                """
                CREATE TABLE events(
                    position INTEGER NOT NULL PRIMARY KEY,
                    room INTEGER NOT NULL,
                    event_id TEXT NOT NULL UNIQUE,
                    sender INTEGER NOT NULL,
                    type TEXT NOT NULL,
                    state_tag BLOB,
                    replaces INTEGER,
                    depth INTEGER NOT NULL,
                    origin_ts INTEGER NOT NULL,
                    notifies INTEGER NOT NULL DEFAULT 0 CHECK (notifies IN (0, 1)),
                    redacted_by INTEGER,
                    sealed BLOB NOT NULL,
                    CHECK (replaces IS NULL OR state_tag IS NOT NULL)
                )
                """,
                // Covers «which positions, and what happened to them since», the question the event cache answers the rest of.
                "CREATE INDEX events_room ON events(room, position, redacted_by)",
                "CREATE INDEX events_state ON events(room, type, state_tag, position) WHERE state_tag IS NOT NULL",
                "CREATE INDEX events_state_order ON events(room, position, type, state_tag) WHERE state_tag IS NOT NULL",
                """
                CREATE TABLE current_state(
                    room INTEGER NOT NULL,
                    type TEXT NOT NULL,
                    state_tag BLOB NOT NULL,
                    position INTEGER NOT NULL REFERENCES events(position),
                    PRIMARY KEY (room, type, state_tag)
                )
                """,
                """
                CREATE TABLE memberships(
                    "user" INTEGER NOT NULL,
                    room INTEGER NOT NULL,
                    membership TEXT NOT NULL CHECK (membership IN ('join', 'invite', 'leave', 'ban', 'knock')),
                    position INTEGER NOT NULL REFERENCES events(position),
                    sender INTEGER NOT NULL,
                    forgotten INTEGER NOT NULL DEFAULT 0 CHECK (forgotten IN (0, 1)),
                    PRIMARY KEY ("user", room)
                )
                """,
                "CREATE INDEX memberships_room ON memberships(room, membership, position)",
                """
                CREATE TABLE membership_changes(
                    room INTEGER NOT NULL,
                    "user" INTEGER NOT NULL,
                    position INTEGER NOT NULL REFERENCES events(position),
                    membership TEXT NOT NULL CHECK (membership IN ('join', 'invite', 'leave', 'ban', 'knock')),
                    PRIMARY KEY (room, "user", position)
                )
                """,
                """
                CREATE TABLE visibility_changes(
                    room INTEGER NOT NULL,
                    position INTEGER NOT NULL REFERENCES events(position),
                    visibility TEXT NOT NULL,
                    PRIMARY KEY (room, position)
                )
                """,
                """
                CREATE TABLE mentions(
                    room INTEGER NOT NULL,
                    "user" INTEGER NOT NULL,
                    position INTEGER NOT NULL REFERENCES events(position),
                    PRIMARY KEY (room, "user", position)
                )
                """,
                "CREATE INDEX mentions_event ON mentions(room, position)",
                """
                CREATE TABLE aliases(
                    tag BLOB NOT NULL PRIMARY KEY,
                    room INTEGER NOT NULL,
                    sealed BLOB NOT NULL,
                    creator INTEGER NOT NULL
                )
                """,
                "CREATE INDEX aliases_room ON aliases(room)",
                """
                CREATE TABLE event_transactions(
                    "user" INTEGER NOT NULL,
                    device TEXT NOT NULL,
                    tag BLOB NOT NULL,
                    event_id TEXT NOT NULL,
                    created_at INTEGER NOT NULL,
                    PRIMARY KEY ("user", device, tag)
                )
                """,
                "CREATE INDEX event_transactions_age ON event_transactions(created_at)",
                """
                CREATE TABLE receipts(
                    room INTEGER NOT NULL,
                    "user" INTEGER NOT NULL,
                    kind TEXT NOT NULL CHECK (kind IN ('m.read', 'm.read.private')),
                    thread TEXT NOT NULL DEFAULT '',
                    event_id TEXT NOT NULL,
                    event_position INTEGER NOT NULL,
                    ts INTEGER NOT NULL,
                    position INTEGER NOT NULL,
                    PRIMARY KEY (room, "user", kind, thread)
                )
                """,
                "CREATE INDEX receipts_changed ON receipts(room, position)")
        ] + PushSchema.migrations + CustodySchema.migrations + [relations, eventsByTime, threadSubscriptions, threadOrder]
}
