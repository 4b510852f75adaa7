import Matrix
import Storage

/// What makes a person's notifications differ from everybody's.
struct PushSettings: Sendable {
    /// The person's rules.
    var rules = PushRules()
    /// Whose events never notify the person.
    var ignored: Set<UserID> = []

    /// Whether there is no difference at all.
    var isStandard: Bool { rules.isStandard && ignored.isEmpty }
}

/// The statements of push rules.
package enum PushQueries {
    /// A person's push rules, and the position of their last change; 0 when they were never changed.
    package static func rules(of person: Int64, _ tx: Transaction) throws -> (rules: PushRules, position: Int64) {
        guard let row = try tx.first("SELECT rules, position FROM push_settings WHERE person = ?", .int(person)),
            let rules = try self.rules(row, person, tx)
        else { return (PushRules(), 0) }
        return (rules, try row.int(1))
    }

    /// Whether a person's rules changed with `after < position <= upTo`.
    package static func changed(of person: Int64, after: Int64, upTo: Int64, _ tx: Transaction) throws -> Bool {
        try tx.first(
            "SELECT 1 FROM push_settings WHERE person = ? AND position > ? AND position <= ?",
            .int(person), .int(after), .int(upTo)) != nil
    }

    /// Everything that differs for a person. Kept in the writer's memory.
    static func settings(of person: Int64, _ tx: Transaction) throws -> PushSettings {
        guard try !tx.isWriting || people(tx).contains(person) else { return PushSettings() }
        return try tx.cached(CacheKey(.pushSettings, person)) {
            // Of somebody whose key was destroyed nothing is known any more, which must not keep others from talking.
            do { return try read(person, tx) } catch StorageError.keyDestroyed { return PushSettings() }
        }
    }

    private static func read(_ person: Int64, _ tx: Transaction) throws -> PushSettings {
        guard let row = try tx.first("SELECT rules, ignored FROM push_settings WHERE person = ?", .int(person)) else {
            return PushSettings()
        }
        var settings = PushSettings()
        settings.rules = try rules(row, person, tx) ?? PushRules()
        if let sealed = try row.optionalBlob(1) {
            let list = try JSON(parsing: try tx.open(sealed, .person(person), place: "push_settings/ignored"))
            for name in list.elements.compactMap(\.string) { settings.ignored.insert(try UserID(parsing: name)) }
        }
        return settings
    }

    /// Everybody who has settings at all, by number. Kept in the writer's memory.
    static func people(_ tx: Transaction) throws -> Set<Int64> {
        try tx.cached(CacheKey(.pushPeople, 0)) { try Set(tx.rows("SELECT person FROM push_settings").map { try $0.int(0) }) }
    }

    /// Lets the writer's memory follow a change of somebody's settings.
    private static func changed(_ person: Int64, _ tx: Transaction) throws {
        tx.uncache(CacheKey(.pushSettings, person))
        var people = try people(tx)
        if people.insert(person).inserted { tx.cache(CacheKey(.pushPeople, 0), people) }
    }

    private static func rules(_ row: Record, _ person: Int64, _ tx: Transaction) throws -> PushRules? {
        guard let sealed = try row.optionalBlob(0) else { return nil }
        return try PushRules(parsing: try tx.open(sealed, .person(person), place: "push_settings/rules"))
    }

    /// Keeps a person's rules.
    static func set(_ rules: PushRules, of person: Int64, at position: Int64, _ tx: Transaction) throws {
        let sealed = try tx.seal(rules.bytes, .person(person), place: "push_settings/rules")
        try tx.run(
            """
            INSERT INTO push_settings(person, position, rules) VALUES (?, ?, ?)
            ON CONFLICT (person) DO UPDATE SET position = excluded.position, rules = excluded.rules
            """, .int(person), .int(position), .blob(sealed))
        try changed(person, tx)
    }

    /// Keeps whom a person ignores.
    static func set(ignored: Set<UserID>, of person: Int64, _ tx: Transaction) throws {
        var writer = JSONWriter()
        writer.array { list in ignored.sorted().forEach { list.string($0.rawValue) } }
        let sealed: [UInt8]? =
            ignored.isEmpty ? nil : try tx.seal(writer.bytes, .person(person), place: "push_settings/ignored")
        try tx.run(
            """
            INSERT INTO push_settings(person, ignored) VALUES (?, ?)
            ON CONFLICT (person) DO UPDATE SET ignored = excluded.ignored
            """, .int(person), SQLValue(sealed))
        try changed(person, tx)
    }
}

extension CacheKind {
    /// The ``PushSettings`` of a person, by number.
    static let pushSettings: CacheKind = "push settings"
    /// The numbers of those who have any.
    static let pushPeople: CacheKind = "push people"
}
