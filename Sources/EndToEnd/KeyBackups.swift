import Audit
import Matrix
import Storage

/// Which keys of a backup a request is about.
package enum BackupSelection: Sendable {
    /// All of them.
    case all
    /// Those of one room.
    case room(String)
    /// One.
    case session(room: String, session: String)
}

extension KeyServer {
    /// Makes a new backup, which is the current one from then on.
    /// - Throws: `M_TOO_LARGE` for somebody who has too many.
    package func createBackup(_ setting: BackupSetting, by requester: Requester, at now: Int64) async throws -> BackupVersion {
        try await store.write { tx in
            guard try KeyBackupQueries.count(of: requester.number, tx) < limits.backups else {
                throw MatrixError.tooLarge("there can be at most \(limits.backups) backups; delete an old one")
            }
            let version = try KeyBackupQueries.create(setting, of: requester.number, tx)
            try note("create", version, by: requester, at: now, tx)
            return version
        }
    }

    /// A backup with its count and etag; the current one for nil.
    /// - Returns: the body of the answer.
    /// - Throws: `M_NOT_FOUND`.
    package func backup(_ version: BackupVersion?, of requester: Requester) async throws -> [UInt8] {
        try await store.read { tx in
            let person = requester.number
            let found =
                try version.map { try KeyBackupQueries.backup($0, of: person, tx) } ?? KeyBackupQueries.current(of: person, tx)
            guard let found else { throw Self.unknownBackup }
            var writer = JSONWriter()
            try writer.object { answer in
                answer.member("algorithm", found.algorithm)
                answer.memberRaw("auth_data", found.authData)
                answer.member("count", try KeyBackupQueries.keyCount(found.version, of: person, tx))
                answer.member("etag", String(found.etag))
                answer.member("version", found.version.text)
            }
            return writer.bytes
        }
    }

    /// Changes what a backup's algorithm needs, but not the algorithm.
    /// - Throws: `M_NOT_FOUND`, `M_INVALID_PARAM` for another algorithm.
    package func updateBackup(
        _ version: BackupVersion, to setting: BackupSetting, by requester: Requester, at now: Int64
    ) async throws {
        try await store.write { tx in
            guard let found = try KeyBackupQueries.backup(version, of: requester.number, tx) else { throw Self.unknownBackup }
            guard found.algorithm == setting.algorithm else {
                throw MatrixError.invalidParam("the algorithm of a backup does not change")
            }
            try KeyBackupQueries.update(setting, version, of: requester.number, tx)
            try note("update", version, by: requester, at: now, tx)
        }
    }

    /// Deletes a backup with its keys; one that is deleted already is passed over.
    /// - Throws: `M_NOT_FOUND` for one that never was.
    package func deleteBackup(_ version: BackupVersion, by requester: Requester, at now: Int64) async throws {
        try await store.write { tx in
            guard try KeyBackupQueries.backup(version, of: requester.number, tx) != nil else {
                guard try KeyBackupQueries.existed(version, of: requester.number, tx) else { throw Self.unknownBackup }
                return
            }
            try KeyBackupQueries.delete(version, of: requester.number, tx)
            try note("delete", version, by: requester, at: now, tx)
        }
    }

    /// Keeps keys in the current backup, where they are better than what it has.
    /// - Returns: the body of the answer, with count and etag.
    /// - Throws: `M_NOT_FOUND` without any backup, `M_WRONG_ROOM_KEYS_VERSION`, `M_TOO_LARGE`.
    package func backUp(
        _ items: [BackupItem], in version: BackupVersion, by requester: Requester, at now: Int64
    ) async throws -> [UInt8] {
        try await store.write { tx in
            let person = requester.number
            guard let current = try KeyBackupQueries.current(of: person, tx) else { throw Self.unknownBackup }
            guard current.version == version else {
                throw MatrixError.wrongRoomKeysVersion(current: current.version.text)
            }
            var changed = false
            for item in items { if try KeyBackupQueries.keep(item, in: version, of: person, tx) { changed = true } }
            let count = try KeyBackupQueries.keyCount(version, of: person, tx)
            guard count <= limits.backedUpKeys else {
                throw MatrixError.tooLarge("a backup has at most \(limits.backedUpKeys) keys")
            }
            return try finish("put", changed, version, count, current.etag, by: requester, at: now, tx)
        }
    }

    /// Keys of a backup.
    /// - Returns: the body of the answer: `rooms`, `sessions` or one key, as was asked for.
    /// - Throws: `M_NOT_FOUND` for an unknown backup, and for a single key that it does not have.
    package func backedUp(
        _ selection: BackupSelection, in version: BackupVersion, of requester: Requester
    ) async throws -> [UInt8] {
        try await store.read { tx in
            let person = requester.number
            guard try KeyBackupQueries.backup(version, of: person, tx) != nil else { throw Self.unknownBackup }
            let keys = try KeyBackupQueries.keys(selection, in: version, of: person, tx)
            if case .session = selection {
                guard let key = keys.first else { throw MatrixError.notFound("the backup has no such key") }
                return key.key
            }
            var writer = JSONWriter(capacity: keys.reduce(64) { $0 + $1.key.count + 64 })
            writer.object { answer in
                if case .room = selection { return answer.sessions(keys[...]) }
                answer.memberObject("rooms") { rooms in
                    var rest = keys[...]
                    while let room = rest.first?.room {
                        let own = rest.prefix { $0.room == room }
                        rooms.memberObject(room) { $0.sessions(own) }
                        rest = rest.dropFirst(own.count)
                    }
                }
            }
            return writer.bytes
        }
    }

    /// Removes keys from a backup.
    /// - Returns: the body of the answer, with count and etag.
    /// - Throws: `M_NOT_FOUND` for an unknown backup.
    package func deleteBackedUp(
        _ selection: BackupSelection, in version: BackupVersion, by requester: Requester, at now: Int64
    ) async throws -> [UInt8] {
        try await store.write { tx in
            let person = requester.number
            guard let backup = try KeyBackupQueries.backup(version, of: person, tx) else { throw Self.unknownBackup }
            let removed = try KeyBackupQueries.delete(selection, in: version, of: person, tx)
            let count = try KeyBackupQueries.keyCount(version, of: person, tx)
            return try finish("remove", removed > 0, version, count, backup.etag, by: requester, at: now, tx)
        }
    }

    private func finish(
        _ act: String, _ changed: Bool, _ version: BackupVersion, _ count: Int64, _ etag: Int64, by requester: Requester,
        at now: Int64, _ tx: Transaction
    ) throws -> [UInt8] {
        var etag = etag
        if changed {
            etag = try KeyBackupQueries.touch(version, of: requester.number, tx)
            try note(act, version, by: requester, at: now, tx)
        }
        var writer = JSONWriter()
        writer.object { answer in
            answer.member("count", count)
            answer.member("etag", String(etag))
        }
        return writer.bytes
    }

    private func note(
        _ act: String, _ version: BackupVersion, by requester: Requester, at now: Int64, _ tx: Transaction
    ) throws {
        try AuditLog.append(
            AuditEntry(code: .keyBackup, by: requester, target: version.text, reason: act, time: now), tx)
    }

    private static let unknownBackup = MatrixError.notFound("there is no such backup")
}

extension JSONWriter {
    /// `sessions` of one room.
    fileprivate mutating func sessions(_ keys: ArraySlice<KeyBackupQueries.Stored>) {
        memberObject("sessions") { sessions in
            for key in keys { sessions.memberRaw(key.session, key.key) }
        }
    }
}
