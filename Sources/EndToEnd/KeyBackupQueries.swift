import Keys
import Matrix
import Storage

/// SQL over backups of room keys. Rooms and sessions are tags; their names stand inside the seal.
enum KeyBackupQueries {
    /// A backup without its keys.
    struct Backup {
        let version: BackupVersion
        let etag: Int64
        let algorithm: String
        /// Bytes of a JSON object.
        let authData: [UInt8]
    }

    /// A key as it is stored.
    struct Stored {
        let room: String
        let session: String
        /// Bytes of a JSON object.
        let key: [UInt8]
    }

    // Backups

    /// The newest backup that was not deleted.
    static func current(of person: Int64, _ tx: Transaction) throws -> Backup? {
        try tx.first(
            "SELECT version, etag, sealed FROM key_backups WHERE person = ? AND deleted = 0 ORDER BY version DESC LIMIT 1",
            .int(person)
        ).map { try backup($0, person, tx) }
    }

    /// One backup that was not deleted.
    static func backup(_ version: BackupVersion, of person: Int64, _ tx: Transaction) throws -> Backup? {
        try tx.first(
            "SELECT version, etag, sealed FROM key_backups WHERE person = ? AND version = ? AND deleted = 0", .int(person),
            .int(version.number)
        ).map { try backup($0, person, tx) }
    }

    /// Whether there is or was such a backup.
    static func existed(_ version: BackupVersion, of person: Int64, _ tx: Transaction) throws -> Bool {
        try tx.first("SELECT 1 FROM key_backups WHERE person = ? AND version = ?", .int(person), .int(version.number)) != nil
    }

    /// How many backups a person has that were not deleted.
    static func count(of person: Int64, _ tx: Transaction) throws -> Int {
        Int(try tx.first("SELECT count(*) FROM key_backups WHERE person = ? AND deleted = 0", .int(person))?.int(0) ?? 0)
    }

    /// Makes a backup; its number is higher than that of any before.
    static func create(_ setting: BackupSetting, of person: Int64, _ tx: Transaction) throws -> BackupVersion {
        let last = try tx.first("SELECT max(version) FROM key_backups WHERE person = ?", .int(person))?.optionalInt(0)
        let version = (last ?? 0) + 1
        try tx.run(
            "INSERT INTO key_backups(person, version, sealed) VALUES (?, ?, ?)", .int(person), .int(version),
            .blob(try seal(setting, person, version, tx)))
        return BackupVersion(number: version)
    }

    static func update(_ setting: BackupSetting, _ version: BackupVersion, of person: Int64, _ tx: Transaction) throws {
        try tx.run(
            "UPDATE key_backups SET sealed = ? WHERE person = ? AND version = ?",
            .blob(try seal(setting, person, version.number, tx)), .int(person), .int(version.number))
    }

    /// Removes a backup with its keys; its number stays taken.
    static func delete(_ version: BackupVersion, of person: Int64, _ tx: Transaction) throws {
        try tx.run("DELETE FROM backed_up_keys WHERE person = ? AND version = ?", .int(person), .int(version.number))
        try tx.run(
            "UPDATE key_backups SET deleted = 1, sealed = NULL WHERE person = ? AND version = ?", .int(person),
            .int(version.number))
    }

    /// Removes all backups of a person.
    static func removeAll(of person: Int64, _ tx: Transaction) throws {
        try tx.run("DELETE FROM backed_up_keys WHERE person = ?", .int(person))
        try tx.run("DELETE FROM key_backups WHERE person = ?", .int(person))
    }

    // Keys

    /// How many keys a backup has.
    static func keyCount(_ version: BackupVersion, of person: Int64, _ tx: Transaction) throws -> Int64 {
        try tx.first(
            "SELECT count(*) FROM backed_up_keys WHERE person = ? AND version = ?", .int(person), .int(version.number))?.int(0)
            ?? 0
    }

    /// Keeps a key unless there is one as good; whether something changed.
    static func keep(_ item: BackupItem, in version: BackupVersion, of person: Int64, _ tx: Transaction) throws -> Bool {
        let (room, session) = tags(item.room, item.session, person, tx)
        let held = try tx.first(
            """
            SELECT verified, first_index, forwarded FROM backed_up_keys
            WHERE person = ? AND version = ? AND room = ? AND session = ?
            """, .int(person), .int(version.number), .blob(room), .blob(session))
        if let held, try !item.key.isBetter(thanVerified: held.bool(0), firstIndex: held.int(1), forwarded: held.int(2)) {
            return false
        }
        var writer = JSONWriter(capacity: item.key.object.count + 128)
        writer.object { writer in
            writer.member("room", item.room)
            writer.member("session", item.session)
            writer.memberRaw("key", item.key.object)
        }
        let sealed = try tx.seal(writer.bytes, .person(person), place: place(person, version.number, room, session))
        try tx.run(
            """
            INSERT INTO backed_up_keys(person, version, room, session, verified, first_index, forwarded, sealed)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (person, version, room, session) DO UPDATE SET verified = excluded.verified,
                first_index = excluded.first_index, forwarded = excluded.forwarded, sealed = excluded.sealed
            """, .int(person), .int(version.number), .blob(room), .blob(session), SQLValue(item.key.isVerified),
            .int(item.key.firstIndex), .int(item.key.forwarded), .blob(sealed))
        return true
    }

    /// Keys of a backup, those of a room after each other.
    static func keys(
        _ selection: BackupSelection, in version: BackupVersion, of person: Int64, _ tx: Transaction
    ) throws -> [Stored] {
        let (condition, arguments) = condition(selection, version, person, tx)
        return try tx.rows(
            "SELECT room, session, sealed FROM backed_up_keys WHERE \(condition) ORDER BY room, session", arguments: arguments
        ).map { row in
            let place = place(person, version.number, try row.blob(0), try row.blob(1))
            let stored = try JSON(
                parsing: tx.open(row.blob(2), .person(person), place: place), limits: .init(maxBytes: 1 << 18, maxDepth: 70))
            return Stored(
                room: try stored.text("room"), session: try stored.text("session"),
                key: (stored["key"]?.raw).map(Array.init) ?? [])
        }
    }

    /// Removes keys of a backup; how many there were.
    static func delete(
        _ selection: BackupSelection, in version: BackupVersion, of person: Int64, _ tx: Transaction
    ) throws -> Int {
        let (condition, arguments) = condition(selection, version, person, tx)
        return try tx.run("DELETE FROM backed_up_keys WHERE \(condition)", arguments: arguments)
    }

    /// Counts a change of a backup's keys; the new etag.
    static func touch(_ version: BackupVersion, of person: Int64, _ tx: Transaction) throws -> Int64 {
        try tx.first(
            "UPDATE key_backups SET etag = etag + 1 WHERE person = ? AND version = ? RETURNING etag", .int(person),
            .int(version.number))?.int(0) ?? 0
    }

    private static func condition(
        _ selection: BackupSelection, _ version: BackupVersion, _ person: Int64, _ tx: Transaction
    ) -> (String, [SQLValue]) {
        let backup: [SQLValue] = [.int(person), .int(version.number)]
        switch selection {
        case .all: return ("person = ? AND version = ?", backup)
        case .room(let room):
            return ("person = ? AND version = ? AND room = ?", backup + [.blob(tags(room, "", person, tx).room)])
        case .session(let room, let session):
            let tags = tags(room, session, person, tx)
            return ("person = ? AND version = ? AND room = ? AND session = ?", backup + [.blob(tags.room), .blob(tags.session)])
        }
    }

    private static func tags(
        _ room: String, _ session: String, _ person: Int64, _ tx: Transaction
    ) -> (room: [UInt8], session: [UInt8]) {
        // With the person in them, so that two backups do not show that their owners share a room.
        (tx.tag("backup/\(person)/room/\(room)", .other), tx.tag("backup/\(person)/session/\(session)", .other))
    }

    private static func seal(_ setting: BackupSetting, _ person: Int64, _ version: Int64, _ tx: Transaction) throws -> [UInt8] {
        var writer = JSONWriter(capacity: setting.authData.count + 128)
        writer.object { writer in
            writer.member("algorithm", setting.algorithm)
            writer.memberRaw("auth_data", setting.authData)
        }
        return try tx.seal(writer.bytes, .person(person), place: place(person, version))
    }

    private static func backup(_ row: Record, _ person: Int64, _ tx: Transaction) throws -> Backup {
        let version = try row.int(0)
        let sealed = try JSON(
            parsing: tx.open(row.blob(2), .person(person), place: place(person, version)),
            limits: .init(maxBytes: 1 << 18, maxDepth: 70))
        return Backup(
            version: BackupVersion(number: version), etag: try row.int(1), algorithm: try sealed.text("algorithm"),
            authData: (sealed["auth_data"]?.raw).map(Array.init) ?? [])
    }

    private static func place(_ person: Int64, _ version: Int64) -> String { "key_backups/\(person)/\(version)" }

    private static func place(_ person: Int64, _ version: Int64, _ room: [UInt8], _ session: [UInt8]) -> String {
        "backed_up_keys/\(person)/\(version)/\(Hex.encode(room))/\(Hex.encode(session))"
    }
}
