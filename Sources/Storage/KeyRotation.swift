import Crypto
import Keys

/// Puts a new master key in the place of the old one by wrapping every key anew; no data is encrypted again.
///
/// Steps, each durable before the next: the header gets the new key beside the old (and the old one wrapped by the new);
/// every data key gets a second wrap; the header drops the old key; the old wraps are deleted. Until the header drops it both keys
/// open everything, also after a crash, and calling `run` again with the same new key continues.
package struct KeyRotation: Sendable {
    /// Data keys in one transaction.
    package static let batch = 500

    private let store: Store

    /// A rotation of an open store. Chat goes on meanwhile.
    package init(_ store: Store) {
        self.store = store
    }

    /// Runs or continues the rotation to `new`. `report` is called after each batch.
    ///
    /// Throws `StorageError.rotationUnderWay` if another new key was begun with; finish with that one first.
    package func run(to new: MasterKey, report: @Sendable (KeyStatus.Progress) -> Void = { _ in }) async throws {
        try await store.exclusively {
            let generation = try begin(new)
            if let generation {
                try await wrapAll(generation: generation, new, report)
                try retire(generation)
            }
            try await deleteRetiredWraps()
        }
    }

    /// Makes new data keys for a scope from now on; what was sealed before still opens.
    package func renewDataKey(_ scope: KeyScope) async throws {
        try await store.write { try $0.renewKey(scope) }
    }

    // Nil when the new key is the only one already.
    private func begin(_ new: MasterKey) throws -> Int64? {
        var header = try KeyHeader(path: store.files.header)
        var masters = store.memory.keyRing.masters
        let newest = header.entries.max { $0.generation < $1.generation }
        guard let newest, let current = masters.values.first else { throw StorageError.headerDamaged(path: store.files.header) }
        if header.entries.count > 1 {
            guard newest.identifier == new.identifier else { throw StorageError.rotationUnderWay(to: newest.identifier) }
        } else {
            if newest.identifier == new.identifier { return nil }
            guard !header.retired.contains(new.identifier) else { throw StorageError.keyRetired(new.identifier) }
            let unlocked = try header.unlock(with: current, path: store.files.header)
            try header.add(new, generation: newest.generation + 1, fileKey: unlocked.fileKey)
            try header.bridge(
                from: current, generation: newest.generation, to: new, generation: newest.generation + 1)
            masters[newest.generation + 1] = new
            try header.write(to: store.files.header, masters: masters)
        }
        let generation = header.entries.map(\.generation).max() ?? newest.generation
        masters[generation] = new
        store.memory.keyRing.masters = masters
        return generation
    }

    private func wrapAll(
        generation: Int64, _ new: MasterKey, _ report: @Sendable (KeyStatus.Progress) -> Void
    ) async throws {
        // A write that began before the new key was known may still add a key without its wrap: go round until none is found.
        var missed = true
        while missed {
            missed = false
            var last = (scope: "", generation: Int64(0))
            while true {
                let (scope, dataGeneration) = last
                let next = try await store.write { tx in
                    try wrapBatch(after: scope, dataGeneration, masterGeneration: generation, new, tx)
                }
                guard let next else { break }
                missed = true
                last = (next.scope, next.generation)
                report(next.progress)
            }
        }
    }

    private struct Step: Sendable {
        let scope: String
        let generation: Int64
        let progress: KeyStatus.Progress
    }

    private func wrapBatch(
        after scope: String, _ dataGeneration: Int64, masterGeneration: Int64, _ new: MasterKey, _ tx: Transaction
    ) throws -> Step? {
        let rows = try tx.rows(
            """
            SELECT scope, generation FROM data_keys AS d
            WHERE (scope > ? OR (scope = ? AND generation > ?)) AND NOT EXISTS
                (SELECT 1 FROM key_wraps AS w
                 WHERE w.scope = d.scope AND w.generation = d.generation AND w.master_generation = ?)
            ORDER BY scope, generation LIMIT ?
            """, .text(scope), .text(scope), .int(dataGeneration), .int(masterGeneration), .int(Self.batch))
        guard let last = rows.last else { return nil }
        for row in rows {
            let (scope, generation) = (try row.text(0), try row.int(1))
            guard let key = try DataKeys.load(scope, generation: generation, tx) else {
                throw StorageError.keyLost(scope: scope, generation: generation)
            }
            try DataKeys.addWrap(of: key, scope, generation: generation, by: new, masterGeneration) {
                try tx.run($0, arguments: $1)
            }
        }
        let total = try tx.first("SELECT count(*) FROM data_keys")?.int(0) ?? 0
        let done = try tx.first("SELECT count(*) FROM key_wraps WHERE master_generation = ?", .int(masterGeneration))?.int(0) ?? 0
        return Step(scope: try last.text(0), generation: try last.int(1), progress: .init(done: done, total: total))
    }

    private func retire(_ generation: Int64) throws {
        var header = try KeyHeader(path: store.files.header)
        let masters = store.memory.keyRing.masters
        header.retireAllButNewest()
        try header.write(to: store.files.header, masters: masters)
        store.memory.keyRing.masters = masters.filter { $0.key == generation }
    }

    private func deleteRetiredWraps() async throws {
        let header = try KeyHeader(path: store.files.header)
        guard header.entries.count == 1, let only = header.entries.first?.generation else { return }
        while try await store.write({ try Self.deleteWraps(below: only, $0) }) > 0 {}
    }

    private static func deleteWraps(below generation: Int64, _ tx: Transaction) throws -> Int {
        let changed = try tx.run(
            """
            DELETE FROM key_wraps WHERE (scope, generation, master_generation) IN
                (SELECT scope, generation, master_generation FROM key_wraps WHERE master_generation < ? LIMIT ?)
            """, .int(generation), .int(batch))
        if changed > 0 { try tx.emptyLogAfterCommit() }
        return changed
    }
}
