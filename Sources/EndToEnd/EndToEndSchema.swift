import Storage

/// The tables of the encryption relay: public keys, signatures, messages to devices, backed-up keys.
///
/// All that people upload is sealed under their own key; what has to be found is a keyed tag. Device IDs stand in clear, as in
/// the table of devices.
package enum EndToEndSchema {
    /// What the tables hold, for erasure. Signatures that somebody made go with his account, before this.
    package static let holdings: [Holding] =
        [
            "device_keys", "one_time_keys", "claimed_keys", "fallback_keys", "signature_changes", "device_messages",
            "device_message_transactions", "cross_signing_keys", "key_signatures", "key_backups", "dehydrated_devices",
        ].map { Holding($0, person: .deleted(by: "person")) } + [
            Holding(
                "backed_up_keys", room: .kept(because: "a person's own copy, under a tag that is his alone"),
                person: .deleted(by: "person")),
            Holding("device_list_changes", person: .kept(because: "others are told that the keys are gone")),
        ]

    /// The migrations of this target, in order; appended, never edited.
    package static let migrations: [Migration] = [
        Migration(
            "endtoend/0001 device keys and messages",
            """
            CREATE TABLE device_keys(
                person INTEGER NOT NULL,
                device TEXT NOT NULL,
                sealed BLOB NOT NULL,
                PRIMARY KEY (person, device)
            )
            """,
            // `position` is that of the upload: the keys of one upload are equals, and the oldest upload is used up first.
            """
            CREATE TABLE one_time_keys(
                person INTEGER NOT NULL,
                device TEXT NOT NULL,
                algorithm TEXT NOT NULL,
                tag BLOB NOT NULL,
                position INTEGER NOT NULL,
                sealed BLOB NOT NULL,
                PRIMARY KEY (person, device, algorithm, tag)
            )
            """,
            "CREATE INDEX one_time_keys_order ON one_time_keys(person, device, algorithm, position, tag)",
            // The one-time keys that were handed out, so that a repeated upload cannot bring one back.
            """
            CREATE TABLE claimed_keys(
                person INTEGER NOT NULL,
                device TEXT NOT NULL,
                tag BLOB NOT NULL,
                PRIMARY KEY (person, device, tag)
            )
            """,
            """
            CREATE TABLE fallback_keys(
                person INTEGER NOT NULL,
                device TEXT NOT NULL,
                algorithm TEXT NOT NULL,
                used INTEGER NOT NULL DEFAULT 0 CHECK (used IN (0, 1)),
                sealed BLOB NOT NULL,
                PRIMARY KEY (person, device, algorithm)
            )
            """,
            // Where somebody's own keys changed last; it concerns all who share a room with him.
            "CREATE TABLE device_list_changes(person INTEGER NOT NULL PRIMARY KEY, position INTEGER NOT NULL)",
            "CREATE INDEX device_list_changes_order ON device_list_changes(position)",
            // Where `reader` signed the keys of `person` last; it concerns the reader alone.
            """
            CREATE TABLE signature_changes(
                reader INTEGER NOT NULL,
                person INTEGER NOT NULL,
                position INTEGER NOT NULL,
                PRIMARY KEY (reader, person)
            )
            """,
            """
            CREATE TABLE device_messages(
                person INTEGER NOT NULL,
                device TEXT NOT NULL,
                position INTEGER NOT NULL,
                sender INTEGER NOT NULL,
                sealed BLOB NOT NULL,
                PRIMARY KEY (person, device, position)
            )
            """,
            "CREATE INDEX device_messages_sender ON device_messages(person, device, sender, position)",
            """
            CREATE TABLE device_message_transactions(
                person INTEGER NOT NULL,
                device TEXT NOT NULL,
                tag BLOB NOT NULL,
                created_at INTEGER NOT NULL,
                PRIMARY KEY (person, device, tag)
            )
            """,
            "CREATE INDEX device_message_transactions_age ON device_message_transactions(created_at)"),
        Migration(
            "endtoend/0002 cross-signing, backups, dehydrated devices",
            """
            CREATE TABLE cross_signing_keys(
                person INTEGER NOT NULL,
                usage TEXT NOT NULL CHECK (usage IN ('master', 'self_signing', 'user_signing')),
                tag BLOB NOT NULL,
                sealed BLOB NOT NULL,
                PRIMARY KEY (person, usage)
            )
            """,
            // `target` is the tag of the signed key of `person`, `signing` that of the key of `signer` it was signed with.
            """
            CREATE TABLE key_signatures(
                person INTEGER NOT NULL,
                target BLOB NOT NULL,
                signer INTEGER NOT NULL,
                signing BLOB NOT NULL,
                sealed BLOB NOT NULL,
                PRIMARY KEY (person, signer, target, signing)
            )
            """,
            "CREATE INDEX key_signatures_signer ON key_signatures(signer, signing)",
            """
            CREATE TABLE key_backups(
                person INTEGER NOT NULL,
                version INTEGER NOT NULL,
                etag INTEGER NOT NULL DEFAULT 0,
                deleted INTEGER NOT NULL DEFAULT 0 CHECK (deleted IN (0, 1)),
                sealed BLOB,
                PRIMARY KEY (person, version),
                CHECK (deleted = 1 OR sealed IS NOT NULL)
            )
            """,
            """
            CREATE TABLE backed_up_keys(
                person INTEGER NOT NULL,
                version INTEGER NOT NULL,
                room BLOB NOT NULL,
                session BLOB NOT NULL,
                verified INTEGER NOT NULL CHECK (verified IN (0, 1)),
                first_index INTEGER NOT NULL,
                forwarded INTEGER NOT NULL,
                sealed BLOB NOT NULL,
                PRIMARY KEY (person, version, room, session),
                FOREIGN KEY (person, version) REFERENCES key_backups(person, version)
            )
            """,
            """
            CREATE TABLE dehydrated_devices(
                person INTEGER NOT NULL PRIMARY KEY,
                device TEXT NOT NULL,
                sealed BLOB NOT NULL
            )
            """),
    ]
}
