import Crypto
import Keys

/// The rows of the data keys: random keys, each wrapped once by every master key in use.
enum DataKeys {
    /// The scope of the key that tags and purpose keys come from. It is never renewed, as tags could not be made anew.
    static let root = "root"

    /// Makes a key and its row. `uses` counts as used already.
    static func make(_ scope: String, generation: Int64, uses: Int64, _ tx: Transaction) throws -> SymmetricKey {
        let key = SymmetricKey(size: .bits256)
        try insert(key, scope, generation: generation, uses: uses, now: tx.now, masters: tx.memory.keyRing.masters) {
            try tx.run($0, arguments: $1)
        }
        return key
    }

    /// The rows of a key through any way to run statements.
    static func insert(
        _ key: SymmetricKey, _ scope: String, generation: Int64, uses: Int64, now: Int64, masters: [Int64: MasterKey],
        run: (String, [SQLValue]) throws -> Void
    ) throws {
        try run(
            "INSERT INTO data_keys (scope, generation, uses, created_at) VALUES (?, ?, ?, ?)",
            [.text(scope), .int(generation), .int(uses), .int(now)])
        for (masterGeneration, master) in masters {
            try addWrap(of: key, scope, generation: generation, by: master, masterGeneration, run: run)
        }
    }

    /// The key of a generation, nil if there is no row. Throws when no master key in use opens it.
    static func load(_ scope: String, generation: Int64, _ tx: Transaction) throws -> SymmetricKey? {
        try load(scope, generation: generation, masters: tx.memory.keyRing.masters) { sql, arguments in
            try tx.rows(sql, arguments: arguments)
        }
    }

    /// The key of a generation through any way to ask for rows.
    static func load(
        _ scope: String, generation: Int64, masters: [Int64: MasterKey], rows: (String, [SQLValue]) throws -> [Record]
    ) throws -> SymmetricKey? {
        let wraps = try rows(
            "SELECT master_generation, wrapped FROM key_wraps WHERE scope = ? AND generation = ? ORDER BY master_generation DESC",
            [.text(scope), .int(generation)])
        for wrap in wraps {
            let masterGeneration = try wrap.int(0)
            guard let master = masters[masterGeneration] else { continue }
            do {
                return try KeyWrap.unwrap(
                    wrap.blob(1), as: .dataKey, scope: scope, generation: generation, by: master,
                    masterGeneration: masterGeneration)
            } catch is SealError {
                throw StorageError.sealBroken(place: "key_wraps/\(scope)/\(generation)")
            }
        }
        return nil
    }

    /// Adds the wrap of a key by one master key, unless it is there.
    static func addWrap(
        of key: SymmetricKey, _ scope: String, generation: Int64, by master: MasterKey, _ masterGeneration: Int64,
        run: (String, [SQLValue]) throws -> Void
    ) throws {
        let wrapped = try KeyWrap.wrap(
            key, as: .dataKey, scope: scope, generation: generation, by: master, masterGeneration: masterGeneration)
        try run(
            "INSERT INTO key_wraps (scope, generation, master_generation, wrapped) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
            [.text(scope), .int(generation), .int(masterGeneration), .blob(wrapped)])
    }
}
