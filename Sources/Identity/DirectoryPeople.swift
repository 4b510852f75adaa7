import Matrix
import Storage

/// What the user directory knows of people, and which of them changed lately.
package enum DirectoryPeople {
    /// Somebody as the directory shows him.
    package struct Person: Sendable, Equatable {
        /// The number.
        package let number: Int64
        /// The user ID.
        package let user: UserID
        /// The name, where there is one.
        package let displayName: String?
        /// The picture, where there is one.
        package let avatarURL: String?
    }

    /// Somebody with an account that is in use; nil for everybody else: the locked, the suspended, those who are gone.
    package static func person(_ number: Int64, _ tx: Transaction) throws -> Person? {
        guard let account = try AccountQueries.account(number, tx), account.standing == .active else { return nil }
        return try person(account, tx)
    }

    /// A page of all who have an account that is in use, by number, and the number to go on after; nil at the end.
    package static func page(after number: Int64, limit: Int, _ tx: Transaction) throws -> (people: [Person], next: Int64?) {
        let accounts = try AccountQueries.accounts(after: number, limit: limit, tx)
        let people = try accounts.filter { $0.standing == .active }.map { try person($0, tx) }
        return (people, accounts.count < limit ? nil : accounts.last?.number)
    }

    /// Whose account or profile changed after a position, at most `limit`, with the position of each change, in order.
    package static func changes(after position: Int64, limit: Int, _ tx: Transaction) throws -> [(number: Int64, position: Int64)]
    {
        try tx.rows(
            "SELECT person, position FROM directory_changes WHERE position > ? ORDER BY position LIMIT ?", .int(position),
            .int(limit)
        ).map { (try $0.int(0), try $0.int(1)) }
    }

    /// Notes that what the directory shows of somebody has changed.
    static func changed(_ number: Int64, _ tx: Transaction) throws {
        try tx.run(
            """
            INSERT INTO directory_changes(person, position) VALUES (?, ?)
            ON CONFLICT (person) DO UPDATE SET position = excluded.position
            """, .int(number), .int(try tx.nextPosition()))
    }

    private static func person(_ account: Account, _ tx: Transaction) throws -> Person {
        let profile: Profile
        do { profile = try ProfileQueries.profile(account.number, tx) } catch StorageError.keyDestroyed { profile = Profile() }
        return Person(
            number: account.number, user: account.user, displayName: profile.displayName, avatarURL: profile.avatarURL)
    }
}
