import Crypto
import Foundation
import GRDB
import Glibc
import Keys

extension Store {
    /// Opens the data of a directory, or begins new data in an empty one. Blocks for some milliseconds.
    ///
    /// Everything is checked before the first byte is written: an error other than a full disk has changed nothing.
    package static func open(_ options: Options) throws(StorageError) -> Store {
        let files = DataFiles(options.directory)
        let library = try CipherLibrary.linked()
        if DurableFile.exists(files.database), !DurableFile.exists(files.header) { throw .foreignFile(path: files.database) }
        if DurableFile.exists(files.header) { _ = try unlock(files, options.masterKey) }
        let lock = try prepareDirectory(files)
        let isNew = !DurableFile.exists(files.header)
        if isNew { try makeHeader(files, options.masterKey) }
        let (header, unlocked) = try unlock(files, options.masterKey)

        let connections = Connections(path: files.database, library: library, fileKey: unlocked.fileKey)
        let migrations = Schema(schema + options.migrations)
        if header.isReady {
            guard DurableFile.exists(files.database) else { throw .databaseMissing(path: files.database) }
            try connections.probe { try migrations.check($0) }
        }
        let connection = try connections.writer(creating: !header.isReady)
        do {
            try migrations.apply(connection, now: options.now(), path: files.directory)
            let root = try rootKey(connection, masters: unlocked.masters, options, files)
            let position = try connection.inDatabase { try Int64.fetchOne($0, sql: "SELECT position FROM stream_position") } ?? 0
            if !header.isReady { try markReady(header, files, unlocked.masters) }
            let memory = StoreMemory(
                path: files.directory, keyRing: KeyRing(masters: unlocked.masters, capacity: options.maximumCachedKeys),
                root: root, maximumUsesPerKey: options.maximumUsesPerKey, holdings: options.holdings, now: options.now)
            let store = Store(
                files: files, lock: lock, connections: connections, connection: connection, memory: memory, options: options)
            store.start(position: position, cacheCapacity: options.maximumCachedValues)
            return store
        } catch {
            try? connection.close()  // the first error is the one that counts
            throw StorageError(error, path: files.directory)
        }
    }

    /// The master key of a source for the data of a directory: made at the very first start, asked for ever after.
    ///
    /// A rotation that finished just before a crash is completed here: the prepared key takes the place of the retired one.
    package static func masterKey(from source: some MasterKeySource, for directory: URL) throws(StorageError) -> MasterKey {
        let files = DataFiles(directory)
        guard DurableFile.exists(files.header) else {
            if DurableFile.exists(files.database) { throw .foreignFile(path: files.database) }
            do throws(KeyError) { return try source.load() } catch {
                guard case .missing = error else { throw .key(error) }
                do throws(KeyError) { return try source.create() } catch { throw .key(error) }
            }
        }
        let header = try KeyHeader(path: files.header)
        let identifiers = header.entries.map(\.identifier)
        let key: MasterKey
        let replacement: MasterKey?
        do throws(KeyError) {
            key = try source.load()
            if identifiers.contains(key.identifier) { return key }
            replacement = try source.loadReplacement()
        } catch {
            if case .missing = error { throw .missingKey(error) }
            throw .key(error)
        }
        guard let replacement, identifiers.contains(replacement.identifier) else {
            throw .wrongKey(given: key.identifier, wanted: identifiers)
        }
        do { try source.promoteReplacement() } catch { throw .key(error) }
        return replacement
    }

    private static func unlock(_ files: DataFiles, _ key: MasterKey) throws(StorageError) -> (KeyHeader, KeyHeader.Unlocked) {
        let header = try KeyHeader(path: files.header)
        return (header, try header.unlock(with: key, path: files.header))
    }

    private static func prepareDirectory(_ files: DataFiles) throws(StorageError) -> DirectoryLock {
        do { try DurableFile.makeDirectory(files.directory) } catch { throw StorageError(file: error, path: files.directory) }
        guard access(files.directory, W_OK | X_OK) == 0 else {
            throw StorageError(file: FileError("write", files.directory), path: files.directory)
        }
        return try DirectoryLock(files.lock, directory: files.directory)
    }

    private static func makeHeader(_ files: DataFiles, _ key: MasterKey) throws(StorageError) {
        do { try KeyHeader(for: key).write(to: files.header, masters: [1: key]) } catch {
            throw StorageError(error, path: files.directory)
        }
    }

    private static func markReady(_ header: KeyHeader, _ files: DataFiles, _ masters: [Int64: MasterKey]) throws {
        var header = header
        header.isReady = true
        try header.write(to: files.header, masters: masters)
    }

    private static func rootKey(
        _ connection: DatabaseQueue, masters: [Int64: MasterKey], _ options: Options, _ files: DataFiles
    ) throws -> SymmetricKey {
        try connection.inDatabase { database in
            let statements = Statements(database: database, path: files.directory)
            if let root = try DataKeys.load(DataKeys.root, generation: 1, masters: masters, rows: statements.rows) { return root }
            guard try statements.first("SELECT 1 FROM data_keys LIMIT 1", []) == nil else {
                throw StorageError.keyLost(scope: DataKeys.root, generation: 1)
            }
            let root = SymmetricKey(size: .bits256)
            _ = try statements.run("BEGIN IMMEDIATE", [])
            do {
                try DataKeys.insert(root, DataKeys.root, generation: 1, uses: 0, now: options.now(), masters: masters) {
                    _ = try statements.run($0, $1)
                }
                _ = try statements.run("COMMIT", [])
            } catch {
                if !statements.isOutsideTransaction { _ = try statements.run("ROLLBACK", []) }
                throw error
            }
            return root
        }
    }
}
