/// What is known about the keys, without any key: for `conclave keys status` and the reports of the fleet.
package struct KeyStatus: Sendable, Hashable {
    /// A master key that opens the data.
    package struct Master: Sendable, Hashable {
        /// Counts up with each rotation.
        package let generation: Int64
        /// Its public name.
        package let identifier: String
        /// How many data keys it opens.
        package let wraps: Int64
    }

    /// The data keys of one sort of scope.
    package struct Group: Sendable, Hashable {
        /// `server`, `room`, `person` or `root`.
        package let kind: String
        /// How many scopes have a key.
        package let scopes: Int64
        /// How many keys there are, all generations counted.
        package let keys: Int64
        /// The highest generation.
        package let highestGeneration: Int64
        /// The most uses that one key has reserved.
        package let highestUses: Int64
        /// When the oldest key was made, in milliseconds since 1970.
        package let oldest: Int64
    }

    /// How far a rotation is.
    package struct Progress: Sendable, Hashable {
        /// Data keys that the new master key opens.
        package let done: Int64
        /// All data keys.
        package let total: Int64

        /// A point in a rotation.
        package init(done: Int64, total: Int64) {
            self.done = done
            self.total = total
        }
    }

    /// One master key; two while a rotation is under way.
    package let masters: [Master]
    /// The data keys by sort.
    package let groups: [Group]
    /// How many scopes were erased by destroying their key.
    package let destroyed: Int64
    /// Set while a rotation is under way.
    package let rotation: Progress?
}

extension Store {
    /// The state of all keys. Reads every row of the key tables.
    package func keyStatus() async throws -> KeyStatus {
        let header = try KeyHeader(path: files.header)
        return try await read { tx in
            let masters = try header.entries.map { entry in
                let wraps = try tx.first("SELECT count(*) FROM key_wraps WHERE master_generation = ?", .int(entry.generation))
                return KeyStatus.Master(
                    generation: entry.generation, identifier: entry.identifier, wraps: try wraps?.int(0) ?? 0)
            }
            let groups = try tx.rows(
                """
                SELECT kind, count(DISTINCT scope), count(*), max(generation), max(uses), min(created_at)
                FROM (SELECT CASE WHEN scope LIKE 'room/%' THEN 'room' WHEN scope LIKE 'person/%' THEN 'person' ELSE scope END AS kind,
                    scope, generation, uses, created_at FROM data_keys) AS kinds
                GROUP BY kind ORDER BY kind
                """
            ).map { row in
                try KeyStatus.Group(
                    kind: row.text(0), scopes: row.int(1), keys: row.int(2), highestGeneration: row.int(3),
                    highestUses: row.int(4), oldest: row.int(5))
            }
            let destroyed = try tx.first("SELECT count(*) FROM destroyed_keys")?.int(0) ?? 0
            let total = groups.reduce(0) { $0 + $1.keys }
            let newest = masters.max { $0.generation < $1.generation }
            let rotation = masters.count > 1 ? newest.map { KeyStatus.Progress(done: $0.wraps, total: total) } : nil
            return KeyStatus(masters: masters, groups: groups, destroyed: destroyed, rotation: rotation)
        }
    }
}
