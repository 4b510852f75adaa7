import Keys

/// Why the store did not do what was asked. Each case says what happened and what to do about it.
package enum StorageError: Error, Equatable, Sendable {
    /// The master key belongs to other data.
    case wrongKey(given: String, wanted: [String])
    /// There is data, and no key for it.
    case missingKey(KeyError)
    /// The key source refused.
    case key(KeyError)
    /// A file in the data directory is not one of ours.
    case foreignFile(path: String)
    /// The key header was changed or is cut short.
    case headerDamaged(path: String)
    /// The key header is there and the database is not.
    case databaseMissing(path: String)
    /// A page of the database does not authenticate, or its structure is broken.
    case damaged(detail: String)
    /// No space left for the data, or the quota is used up.
    case diskFull(path: String)
    /// The data directory may not be written.
    case readOnly(path: String)
    /// Another process has this data directory open.
    case inUse(path: String)
    /// A newer version of the program has been here.
    case newerSchema(unknown: String)
    /// A migration that was applied reads differently now.
    case migrationChanged(name: String)
    /// A migration failed; nothing of it was kept.
    case migrationFailed(name: String, detail: String)
    /// The SQLite library that is linked cannot encrypt.
    case cipherMissing
    /// The database is not in the journal mode that keeps its pages secret and safe.
    case journalMode(String)
    /// The key of a room or person was destroyed, and what it sealed with it.
    case keyDestroyed(scope: String)
    /// A data key is not there although it never was destroyed.
    case keyLost(scope: String, generation: Int64)
    /// A rotation to another master key was begun and must be finished first.
    case rotationUnderWay(to: String)
    /// This master key was in use before and was retired.
    case keyRetired(String)
    /// Sealed bytes did not authenticate at this place.
    case sealBroken(place: String)
    /// Too many writes are waiting.
    case busy
    /// The store was closed.
    case closed
    /// A table's constraint refused a row.
    case constraint(ConstraintKind, detail: String)
    /// The disk failed to read or write.
    case inputOutput(detail: String)
    /// The transaction that this write shared was rolled back by the engine.
    case groupRolledBack(detail: String)
    /// The engine refused a statement: a mistake in the program.
    case statement(detail: String)
    /// A handle was used outside of its transaction, or for what it does not allow: a mistake in the program.
    case misuse(String)
    /// A column holds something else than was asked for.
    case unexpectedColumn(index: Int, wanted: String)

    /// What sort of constraint refused a row.
    package enum ConstraintKind: Equatable, Sendable {
        case unique, foreignKey, notNull, check, other
    }
}

extension StorageError: CustomStringConvertible {
    /// What happened, then what to do. Holds no content of the database.
    package var description: String {
        switch self {
        case .wrongKey(let given, let wanted):
            "The master key \(given) does not open this data, which wants \(wanted.joined(separator: " or ")). Name the right key in the configuration; nothing was changed."
        case .missingKey(let error):
            "There is data, but the key to it is missing. \(error.description) Nothing was changed."
        case .key(let error):
            error.description
        case .foreignFile(let path):
            "\(path) is not an encrypted database of this program. Choose an empty data directory, or put the key header conclave.keys that belongs to it back beside it; nothing was changed."
        case .headerDamaged(let path):
            "The key header \(path) was changed or cut short. Restore it from a backup; it changes only when keys are rotated. Nothing was changed."
        case .databaseMissing(let path):
            "The key header is there, but the database \(path) is gone. Restore it from a backup, or remove conclave.keys to begin anew."
        case .damaged(let detail):
            "The database is damaged (\(detail)). Stop the server, keep a copy of the files, and restore the last verified backup."
        case .diskFull(let path):
            "There is no space left at \(path). Make room and start again; everything that was acknowledged is safe."
        case .readOnly(let path):
            "\(path) cannot be written by this user. Correct owner, mode or mount and start again; nothing was changed."
        case .inUse(let path):
            "Another process works on the data in \(path). Stop it first; two servers on the same data would destroy it."
        case .newerSchema(let unknown):
            "The data was written by a newer version of this program (it knows “\(unknown)”). Start that version, or restore a backup made before the upgrade; nothing was changed."
        case .migrationChanged(let name):
            "The migration “\(name)” is not the one that was applied to this data. This program was built wrongly; use a released version."
        case .migrationFailed(let name, let detail):
            "The migration “\(name)” failed (\(detail)) and was undone. Go back to the version that ran before and report this."
        case .cipherMissing:
            "The SQLite library in this program cannot encrypt. Run Scripts/sqlite and build again; no data was written."
        case .journalMode(let mode):
            "The database is in journal mode “\(mode)” in place of “wal”, which would write pages in the clear. Restore it from a backup; nothing was changed."
        case .keyDestroyed(let scope):
            "The key of \(scope) was destroyed, so what it sealed is gone for good."
        case .keyLost(let scope, let generation):
            "Generation \(generation) of the key of \(scope) is not in the database. Restore the last verified backup."
        case .rotationUnderWay(let identifier):
            "A rotation to the master key \(identifier) is under way. Finish it with that key: conclave keys rotate"
        case .keyRetired(let identifier):
            "The master key \(identifier) was retired by an earlier rotation. Use a new one."
        case .sealBroken(let place):
            "What is sealed at \(place) does not authenticate. Restore the last verified backup and look for who changed it."
        case .busy:
            "Too many writes are waiting. Try again in a moment."
        case .closed:
            "The store was closed."
        case .constraint(_, let detail):
            "A row was refused: \(detail)."
        case .inputOutput(let detail):
            "The disk failed (\(detail)). Check it and its cables before anything else."
        case .groupRolledBack(let detail):
            "The transaction was rolled back (\(detail)); nothing of it was kept. Try again."
        case .statement(let detail):
            "The database engine refused a statement: \(detail)."
        case .misuse(let text):
            "The store was used wrongly: \(text)."
        case .unexpectedColumn(let index, let wanted):
            "Column \(index) does not hold \(wanted)."
        }
    }

    /// The exit code of a command that ends with this error. Codes never change their meaning.
    package var exitCode: Int32 {
        switch self {
        case .wrongKey: 10
        case .missingKey: 11
        case .foreignFile: 12
        case .damaged, .headerDamaged, .databaseMissing, .keyLost, .sealBroken, .unexpectedColumn: 13
        case .inUse: 14
        case .diskFull: 15
        case .readOnly: 16
        case .newerSchema: 17
        case .cipherMissing: 18
        case .journalMode: 19
        case .migrationChanged, .migrationFailed: 20
        case .inputOutput: 21
        case .keyDestroyed: 22
        case .rotationUnderWay, .keyRetired: 24
        case .busy, .groupRolledBack: 23
        case .closed, .constraint, .statement, .misuse: 70
        case .key(let error): error.exitCode
        }
    }
}
