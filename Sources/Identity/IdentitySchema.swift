import Storage

/// The tables of accounts: who there is, with which devices and tokens. No name, address or secret stands here in clear:
/// people are numbers, tokens are keyed tags, everything a person typed is sealed under that person's key.
package enum IdentitySchema {
    /// What the tables hold of people, parents before children.
    package static let holdings: [Holding] = [
        Holding("accounts", person: .kept(because: "the name stays taken; nothing personal is in the row of a closed account")),
        Holding("directory_changes", person: .kept(because: "it says that the directory has something to forget")),
        Holding("profiles", person: .deleted(by: "user")),
        Holding("devices", person: .deleted(by: "user")),
        Holding("access_tokens", person: .deleted(by: "user")),
        Holding("refresh_tokens", person: .deleted(by: "user")),
        Holding("login_tokens", person: .deleted(by: "user")),
        Holding("openid_tokens", person: .deleted(by: "user")),
    ]

    /// The migrations of this target, in order; appended, never edited.
    package static let migrations: [Migration] = [
        Migration(
            "identity-1",
            // `credential_version` counts password changes, so that a sign-in that was checked against the old one fails.
            """
            CREATE TABLE accounts(
                user INTEGER NOT NULL PRIMARY KEY,
                role TEXT NOT NULL,
                standing TEXT NOT NULL CHECK (standing IN ('active', 'locked', 'suspended', 'deactivated')),
                created_at INTEGER NOT NULL,
                password BLOB,
                credential_version INTEGER NOT NULL DEFAULT 0,
                password_changed_at INTEGER,
                deactivated_at INTEGER,
                CHECK (standing <> 'deactivated' OR password IS NULL)
            )
            """,
            "CREATE INDEX accounts_role ON accounts(role)",
            """
            CREATE TABLE profiles(
                user INTEGER NOT NULL PRIMARY KEY REFERENCES accounts(user),
                sealed BLOB NOT NULL
            )
            """,
            """
            CREATE TABLE devices(
                user INTEGER NOT NULL REFERENCES accounts(user),
                device TEXT NOT NULL,
                created_at INTEGER NOT NULL,
                name BLOB,
                seen_at INTEGER,
                seen_from BLOB,
                PRIMARY KEY (user, device)
            )
            """,
            """
            CREATE TABLE access_tokens(
                tag BLOB NOT NULL PRIMARY KEY,
                user INTEGER NOT NULL,
                device TEXT NOT NULL,
                created_at INTEGER NOT NULL,
                expires_at INTEGER,
                refresh BLOB,
                FOREIGN KEY (user, device) REFERENCES devices(user, device) ON DELETE CASCADE
            )
            """,
            "CREATE INDEX access_tokens_device ON access_tokens(user, device)",
            "CREATE INDEX access_tokens_expiry ON access_tokens(expires_at) WHERE expires_at IS NOT NULL",
            "CREATE INDEX access_tokens_refresh ON access_tokens(refresh) WHERE refresh IS NOT NULL",
            // A spent refresh token is remembered for a while: whoever shows it again has stolen it or lost it to a thief.
            """
            CREATE TABLE refresh_tokens(
                tag BLOB NOT NULL PRIMARY KEY,
                user INTEGER NOT NULL,
                device TEXT NOT NULL,
                created_at INTEGER NOT NULL,
                expires_at INTEGER,
                successor BLOB,
                spent_at INTEGER,
                FOREIGN KEY (user, device) REFERENCES devices(user, device) ON DELETE CASCADE
            )
            """,
            "CREATE INDEX refresh_tokens_device ON refresh_tokens(user, device)",
            "CREATE INDEX refresh_tokens_successor ON refresh_tokens(successor) WHERE successor IS NOT NULL",
            "CREATE INDEX refresh_tokens_expiry ON refresh_tokens(expires_at) WHERE expires_at IS NOT NULL",
            "CREATE INDEX refresh_tokens_spent ON refresh_tokens(spent_at) WHERE spent_at IS NOT NULL",
            """
            CREATE TABLE login_tokens(
                tag BLOB NOT NULL PRIMARY KEY,
                user INTEGER NOT NULL REFERENCES accounts(user),
                expires_at INTEGER NOT NULL
            )
            """,
            """
            CREATE TABLE registration_tokens(
                tag BLOB NOT NULL PRIMARY KEY,
                sealed BLOB NOT NULL,
                uses_allowed INTEGER CHECK (uses_allowed IS NULL OR uses_allowed >= 0),
                completed INTEGER NOT NULL DEFAULT 0,
                expires_at INTEGER,
                created_at INTEGER NOT NULL,
                CHECK (uses_allowed IS NULL OR completed <= uses_allowed)
            )
            """,
            """
            CREATE TABLE setup_tokens(
                tag BLOB NOT NULL PRIMARY KEY,
                expires_at INTEGER NOT NULL
            )
            """),
        Migration(
            "identity-2 suspension beside lock",
            "ALTER TABLE accounts ADD COLUMN suspended INTEGER NOT NULL DEFAULT 0",
            "UPDATE accounts SET suspended = 1 WHERE standing = 'suspended'"),
        OpenIDTokenQueries.migration,
        Migration(
            "identity/0002 directory changes",
            // Whose account or profile changed when, so that the user directory in memory follows at little cost.
            "CREATE TABLE directory_changes(person INTEGER NOT NULL PRIMARY KEY, position INTEGER NOT NULL)",
            "CREATE INDEX directory_changes_position ON directory_changes(position)"),
    ]
}
