import Matrix
import Rooms
import Storage
import Synchronization

/// Whom people ignore, kept in memory as of the position at which it was read.
///
/// [Specification](https://spec.matrix.org/v1.16/client-server-api/#ignoring-users)
final class IgnoreLists: Sendable {
    private struct Known {
        let users: Set<UserID>
        let readAt: Int64
    }

    private let known = Mutex<[Int64: Known]>([:])
    private static let capacity = 50_000

    /// The type of account data that names them.
    static let type = "m.ignored_user_list"

    /// Those whom such data name. What is no user ID cannot send anything, so there is nothing to ignore.
    static func users(_ content: JSON) -> Set<UserID> {
        Set((content["ignored_users"]?.members.map(\.key) ?? []).compactMap { try? UserID(parsing: $0) })
    }

    /// Whom a person ignores.
    /// - Parameter changedAt: the last position at which account data of the person changed, as far as memory knows.
    func ignored(by person: Int64, changedAt: Int64, _ tx: Transaction) throws -> Set<UserID> {
        if let known = known.withLock({ $0[person] }), known.readAt >= changedAt { return known.users }
        let position = try tx.position()
        let users = try Self.list(of: person, tx)
        let fresh = Known(users: users, readAt: position)
        known.withLock { held in
            if held.count >= Self.capacity { held.removeAll() }
            if held[person].map({ $0.readAt < position }) ?? true { held[person] = fresh }
        }
        return users
    }

    /// Whom a person ignores, as the database has it. Nobody can ignore himself.
    static func list(of person: Int64, _ tx: Transaction) throws -> Set<UserID> {
        let datum = try AccountDataQueries.datum(type, of: person, in: AccountData.noRoom, tx)
        guard let datum else { return [] }
        return Self.users(try datum.content).subtracting([try tx.user(person)])
    }
}
