import Storage

/// The tables of media. The files themselves lie beside the database, each under a key that is in its row alone.
package enum MediaSchema {
    /// What the tables hold of people. With the row goes the key of the file, and what is sealed for its owner could not be read
    /// any more in any case; the file itself is noise, and swept away.
    package static let holdings: [Holding] = [Holding("media", person: .deleted(by: "owner"))]

    /// The migrations of this target, in order; appended, never edited.
    package static let migrations: [Migration] = [
        // `sealed` holds address, type, name, length and the key of the file; see `MediaDetails`. `owner` is null for what the
        // server itself fetched. `file` is random.
        Migration(
            "media/0001 media",
            """
            CREATE TABLE media (
                number INTEGER PRIMARY KEY,
                tag BLOB NOT NULL UNIQUE,
                owner INTEGER,
                state INTEGER NOT NULL,
                created_at INTEGER NOT NULL,
                expires_at INTEGER,
                bytes INTEGER NOT NULL,
                file TEXT UNIQUE,
                sealed BLOB,
                CHECK ((state = 0) = (file IS NULL)),
                CHECK ((file IS NULL) = (sealed IS NULL))
            )
            """,
            "CREATE INDEX media_owner ON media (owner, state, bytes)",
            "CREATE INDEX media_created ON media (created_at)",
            "CREATE INDEX media_expiry ON media (expires_at)",
            """
            CREATE TABLE media_thumbnails (
                media INTEGER NOT NULL REFERENCES media (number) ON DELETE CASCADE,
                variant TEXT NOT NULL,
                bytes INTEGER NOT NULL,
                file TEXT NOT NULL UNIQUE,
                sealed BLOB NOT NULL,
                PRIMARY KEY (media, variant)
            )
            """),
        Migration(
            "media/0002 previews",
            "CREATE TABLE previews (tag BLOB NOT NULL PRIMARY KEY, expires_at INTEGER NOT NULL, sealed BLOB NOT NULL)",
            "CREATE INDEX previews_expiry ON previews (expires_at)"),
    ]
}
