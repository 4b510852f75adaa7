import Crypto
import Keys

extension Transaction {
    /// Seals bytes with the data key of a scope for one place. The key is made on first use.
    ///
    /// Format: 4 bytes generation of the data key, then `Seal`. Throws `StorageError.keyDestroyed` for a scope that was erased.
    package func seal(_ bytes: some Collection<UInt8>, _ scope: KeyScope, place: String) throws -> [UInt8] {
        let sealing = try sealingKey(scope)
        return try Seal.seal(bytes, key: sealing.key, place: place, prefix: bigEndian(sealing.generation))
    }

    /// Opens what `seal` made for the same scope and place. Throws `StorageError.keyDestroyed` when the key is gone for good.
    package func open(_ sealed: [UInt8], _ scope: KeyScope, place: String) throws -> [UInt8] {
        guard sealed.count >= 4 + Seal.overhead else { throw StorageError.sealBroken(place: place) }
        let generation = sealed.prefix(4).reduce(Int64(0)) { $0 << 8 | Int64($1) }
        let key = try openingKey(scope, generation)
        do { return try Seal.open(sealed[4...], key: key, place: place) } catch { throw StorageError.sealBroken(place: place) }
    }

    /// Destroys every generation of a scope's key. What it sealed is lost, here and in every backup without the key.
    ///
    /// The rows are overwritten in the file, and the write-ahead log is emptied right after the commit.
    package func destroyKey(_ scope: KeyScope) throws {
        let writer = try writing()
        guard scope != .server else { throw StorageError.misuse("the server's key cannot be destroyed") }
        try run("DELETE FROM data_keys WHERE scope = ?", .text(scope.name))
        try run(
            "INSERT INTO destroyed_keys (scope, destroyed_at) VALUES (?, ?) ON CONFLICT (scope) DO NOTHING", .text(scope.name),
            .int(now))
        writer.sealingKeys.remove(scope)
        writer.running.destroyed.insert(scope)
        writer.running.truncatesLog = true
    }

    /// Makes a new generation of a scope's key; what is sealed from now on uses it, what was sealed before still opens.
    package func renewKey(_ scope: KeyScope) throws {
        let newest = try first("SELECT max(generation) FROM data_keys WHERE scope = ?", .text(scope.name))?.optionalInt(0)
        try refuseIfDestroyed(scope)
        try makeSealingKey(scope, generation: (newest ?? 0) + 1)
    }

    /// A keyed tag of 16 bytes: equal for equal texts, and without the key it tells nothing. For look-ups and uniqueness.
    package func tag(_ text: String, _ purpose: TagPurpose) -> [UInt8] {
        memory.tag(text, purpose)
    }

    /// What a column of event types holds: types of the Matrix namespace in clear, any other as `~` and its tag.
    package func typeColumn(_ type: String) -> String {
        type.hasPrefix("m.") ? type : "~" + Hex.encode(memory.tag(type, .type))
    }

    /// A key for one purpose outside of the database, such as the pepper of passwords. It survives every rotation.
    package func purposeKey(_ purpose: String) -> SymmetricKey {
        memory.purposeKey(purpose)
    }

    /// Empties the write-ahead log after the commit, so that overwritten key rows do not linger in it.
    package func emptyLogAfterCommit() throws {
        try writing().running.truncatesLog = true
    }

    private func bigEndian(_ generation: Int64) -> [UInt8] {
        [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: generation >> $0) }
    }
}

extension Transaction {
    // Uses are reserved in the table by the block, so that counting costs nothing and a crash only counts too many.
    private static let reservedUses: Int64 = 4096

    private func sealingKey(_ scope: KeyScope) throws -> WriterState.SealingKey {
        let writer = try writing()
        if let sealing = writer.sealingKeys.value(scope), sealing.remaining > 0 {
            sealing.remaining -= 1
            return sealing
        }
        try refuseIfDestroyed(scope)
        let newest = try first(
            "SELECT generation, uses FROM data_keys WHERE scope = ? ORDER BY generation DESC LIMIT 1", .text(scope.name))
        guard let newest else { return try makeSealingKey(scope, generation: 1) }
        let generation = try newest.int(0)
        guard try newest.int(1) + Self.reservedUses <= memory.maximumUsesPerKey else {
            return try makeSealingKey(scope, generation: generation + 1)
        }
        try run(
            "UPDATE data_keys SET uses = uses + ? WHERE scope = ? AND generation = ?", .int(Self.reservedUses), .text(scope.name),
            .int(generation))
        return remember(try openingKey(scope, generation), scope, generation)
    }

    @discardableResult
    private func makeSealingKey(_ scope: KeyScope, generation: Int64) throws -> WriterState.SealingKey {
        let key = try DataKeys.make(scope.name, generation: generation, uses: Self.reservedUses, self)
        try writing().running.openedKeys.append((key, scope, generation))
        return remember(key, scope, generation)
    }

    private func remember(_ key: SymmetricKey, _ scope: KeyScope, _ generation: Int64) -> WriterState.SealingKey {
        let sealing = WriterState.SealingKey(key: key, generation: generation, remaining: Self.reservedUses - 1)
        writer?.sealingKeys.set(scope, sealing)
        writer?.running.sealingScopes.append(scope)
        return sealing
    }

    private func openingKey(_ scope: KeyScope, _ generation: Int64) throws -> SymmetricKey {
        if let writer, writer.running.destroyed.contains(scope) || writer.group.destroyed.contains(scope) {
            throw StorageError.keyDestroyed(scope: scope.name)
        }
        switch memory.keyRing.key(scope, generation) {
        case .found(let key): return key
        case .destroyed: throw StorageError.keyDestroyed(scope: scope.name)
        case .unknown: break
        }
        guard let key = try DataKeys.load(scope.name, generation: generation, self) else {
            try refuseIfDestroyed(scope)
            throw StorageError.keyLost(scope: scope.name, generation: generation)
        }
        if let writer {
            writer.running.openedKeys.append((key, scope, generation))
        } else {
            memory.keyRing.keep(key, scope, generation)
        }
        return key
    }

    private func refuseIfDestroyed(_ scope: KeyScope) throws {
        if try first("SELECT 1 FROM destroyed_keys WHERE scope = ?", .text(scope.name)) != nil {
            throw StorageError.keyDestroyed(scope: scope.name)
        }
    }
}
