import Crypto
import Keys

/// The small file beside the database that holds its file key, wrapped by the master key.
///
/// Text, one item a line; see `docs/storage-format.md`. Each master key that may open the database has a line with the wrapped
/// file key and a line with a MAC over everything above the MACs. Two master keys are there only while a rotation is under way.
struct KeyHeader: Equatable {
    /// A master key that opens the database.
    struct Entry: Equatable {
        let generation: Int64
        let identifier: String
        let wrappedFileKey: [UInt8]
    }

    /// The master key before, wrapped by the one after it, so that the new one alone can finish a rotation.
    struct Predecessor: Equatable {
        let generation: Int64
        let wrappedBy: Int64
        let wrapped: [UInt8]
    }

    /// What one master key opens.
    struct Unlocked {
        let fileKey: SymmetricKey
        let masters: [Int64: MasterKey]
    }

    /// A random name of this database; part of every derivation here, so headers cannot be exchanged.
    var databaseID: String
    /// False until the database has been made for the first time.
    var isReady: Bool
    var entries: [Entry]
    var predecessor: Predecessor?
    /// Identifiers of master keys that were retired, for a better message.
    var retired: [String] = []
    private var macs: [Int64: [UInt8]] = [:]

    /// A header for a new database with a new file key.
    init(for master: MasterKey) throws {
        databaseID = SymmetricKey(size: .bits128).withUnsafeBytes { Hex.encode($0) }
        isReady = false
        entries = []
        try add(master, generation: 1, fileKey: SymmetricKey(size: .bits256))
    }

    /// Adds a master key that opens the same file key.
    mutating func add(_ master: MasterKey, generation: Int64, fileKey: SymmetricKey) throws {
        let wrapped = try KeyWrap.wrap(
            fileKey, as: .databaseFile, scope: databaseID, generation: 1, by: master, masterGeneration: generation)
        entries.append(Entry(generation: generation, identifier: master.identifier, wrappedFileKey: wrapped))
    }

    /// Lets the master key of `generation` unwrap its predecessor while both are needed.
    mutating func bridge(from old: MasterKey, generation oldGeneration: Int64, to new: MasterKey, generation: Int64) throws {
        let wrapped = try KeyWrap.wrap(
            old.secret.key, as: .predecessor, scope: databaseID, generation: oldGeneration, by: new, masterGeneration: generation)
        predecessor = Predecessor(generation: oldGeneration, wrappedBy: generation, wrapped: wrapped)
    }

    /// Leaves the newest master key alone in the file.
    mutating func retireAllButNewest() {
        guard let newest = entries.max(by: { $0.generation < $1.generation }) else { return }
        retired += entries.filter { $0.generation != newest.generation }.map(\.identifier)
        entries = [newest]
        predecessor = nil
    }

    /// What a master key opens, after its MAC has been checked.
    func unlock(with master: MasterKey, path: String) throws(StorageError) -> Unlocked {
        let identifier = master.identifier
        guard let entry = entries.first(where: { $0.identifier == identifier }) else {
            let note = retired.contains(identifier) ? "\(identifier), retired by a rotation," : identifier
            throw .wrongKey(given: note, wanted: entries.map(\.identifier))
        }
        do {
            guard let mac = macs[entry.generation],
                HMAC<SHA256>.isValidAuthenticationCode(
                    mac, authenticating: Array(body.utf8), using: macKey(master, generation: entry.generation))
            else { throw StorageError.headerDamaged(path: path) }
            let fileKey = try KeyWrap.unwrap(
                entry.wrappedFileKey, as: .databaseFile, scope: databaseID, generation: 1, by: master,
                masterGeneration: entry.generation)
            var masters = [entry.generation: master]
            if let predecessor, predecessor.wrappedBy == entry.generation {
                let old = try KeyWrap.unwrap(
                    predecessor.wrapped, as: .predecessor, scope: databaseID, generation: predecessor.generation, by: master,
                    masterGeneration: entry.generation)
                masters[predecessor.generation] = try MasterKey(Secret(old))
            }
            return Unlocked(fileKey: fileKey, masters: masters)
        } catch {
            throw .headerDamaged(path: path)
        }
    }

    /// Writes the file whole, with a MAC by each of its master keys, which must all be given.
    func write(to path: String, masters: [Int64: MasterKey]) throws(FileError) {
        var text = body
        for entry in entries {
            guard let master = masters[entry.generation] else { continue }
            let mac = HMAC<SHA256>.authenticationCode(
                for: Array(body.utf8), using: macKey(master, generation: entry.generation))
            text += "mac \(entry.generation) \(Hex.encode(mac))\n"
        }
        try DurableFile.write(Array(text.utf8), to: path, replacing: true)
    }

    private func macKey(_ master: MasterKey, generation: Int64) -> SymmetricKey {
        master.derive(purpose: "key-header-mac", scope: databaseID, generation: generation)
    }
}

extension KeyHeader {
    private static let mark = "conclave-keys 1"

    /// Everything that the MACs cover.
    var body: String {
        var text = "\(Self.mark)\ndatabase \(databaseID)\nstate \(isReady ? "ready" : "new")\n"
        for entry in entries { text += "master \(entry.generation) \(entry.identifier) \(Hex.encode(entry.wrappedFileKey))\n" }
        if let predecessor {
            text += "predecessor \(predecessor.generation) \(predecessor.wrappedBy) \(Hex.encode(predecessor.wrapped))\n"
        }
        for identifier in retired { text += "retired \(identifier)\n" }
        return text
    }

    /// Reads the file. Nothing in it is trusted before `unlock`.
    init(path: String) throws(StorageError) {
        let bytes: [UInt8]
        do { bytes = try DurableFile.read(path).bytes } catch { throw StorageError(file: error, path: path) }
        guard let header = KeyHeader(text: String(decoding: bytes, as: UTF8.self)) else { throw .headerDamaged(path: path) }
        self = header
    }

    private init?(text: String) {
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        guard lines.popLast() == "", lines.count >= 5, lines[0] == Self.mark else { return nil }
        databaseID = ""
        isReady = false
        entries = []
        for line in lines.dropFirst() {
            let words = line.split(separator: " ").map(String.init)
            switch (words.first, words.count) {
            case ("database", 2): databaseID = words[1]
            case ("state", 2): isReady = words[1] == "ready"
            case ("master", 4):
                guard let generation = Int64(words[1]), let wrapped = Hex.decode(words[3]) else { return nil }
                entries.append(Entry(generation: generation, identifier: words[2], wrappedFileKey: wrapped))
            case ("predecessor", 4):
                guard let generation = Int64(words[1]), let by = Int64(words[2]), let wrapped = Hex.decode(words[3]) else {
                    return nil
                }
                predecessor = Predecessor(generation: generation, wrappedBy: by, wrapped: wrapped)
            case ("retired", 2): retired.append(words[1])
            case ("mac", 3):
                guard let generation = Int64(words[1]), let mac = Hex.decode(words[2]) else { return nil }
                macs[generation] = mac
            default: return nil
            }
        }
        // The body is written anew for the MAC, so a file that does not read back to itself is refused.
        guard !databaseID.isEmpty, !entries.isEmpty, text.hasPrefix(body) else { return nil }
    }
}
