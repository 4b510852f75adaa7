import Crypto
import Keys
import NIOPosix
import Synchronization

/// Computes password hashes on threads of its own, so many at once; a bounded number waits, the rest is refused.
final class PasswordHasher: Sendable {
    private let pepper: SymmetricKey
    private let pool: NIOThreadPool
    private let limit: Int
    private let inside = Mutex(0)

    init(pepper: SymmetricKey, atOnce: Int, waiting: Int) {
        self.pepper = pepper
        pool = NIOThreadPool(numberOfThreads: max(1, atOnce))
        limit = max(1, atOnce) + max(0, waiting)
        pool.start()
    }

    deinit { pool.shutdownGracefully { _ in } }

    /// Whether a hash was made with other costs than today's.
    static func isOutdated(_ hash: String) -> Bool { Argon2id.needsRehash(hash) }

    func hash(_ password: Secret) async throws -> String {
        let pepper = pepper
        return try await run { try Argon2id.hash(password, pepper: pepper) }
    }

    /// Whether the password belongs to the hash. Without a hash the work is the same and the answer is no, so that the
    /// time does not tell whether there is an account.
    func verify(_ password: Secret, _ hash: String?) async throws -> Bool {
        let pepper = pepper
        return try await run {
            guard let hash else {
                _ = try Argon2id.hash(password, pepper: pepper)
                return false
            }
            return Argon2id.verify(password, against: hash, pepper: pepper)
        }
    }

    private func run<T: Sendable>(_ work: @escaping @Sendable () throws -> T) async throws -> T {
        let admitted = inside.withLock { inside in
            guard inside < limit else { return false }
            inside += 1
            return true
        }
        guard admitted else { throw IdentityError.tooManyHashes }
        defer { inside.withLock { $0 -= 1 } }
        return try await pool.runIfActive(work)
    }
}
