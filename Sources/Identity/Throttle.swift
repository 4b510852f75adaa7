import Synchronization

/// Makes failed attempts slow down the next ones, by account and by address.
///
/// An attempt counts as failed when it begins, so that many at once gain nothing; success takes that back.
final class Throttle: Sendable {
    /// What is being tried, and from where.
    enum Subject: Hashable, Sendable {
        case account(String)
        case address(String)

        /// Failures that cost nothing.
        var free: Int {
            switch self {
            case .account: 5
            case .address: 30
            }
        }

        /// The longest delay, in milliseconds.
        var longest: Int64 {
            switch self {
            // Short, because anybody can fail in somebody else's name.
            case .account: 60_000
            case .address: 15 * 60_000
            }
        }
    }

    private struct Failures {
        var count = 0
        var notBefore: Int64 = 0
        var latest: Int64 = 0
    }

    /// Failures older than this are forgotten.
    private static let memory: Int64 = 3_600_000

    private let isOn: Bool
    private let capacity: Int
    private let failures = Mutex<[Subject: Failures]>([:])

    init(isOn: Bool, capacity: Int = 20_000) {
        self.isOn = isOn
        self.capacity = capacity
    }

    /// Lets an attempt begin, or says how long to wait.
    func begin(_ subjects: [Subject], at now: Int64) throws(IdentityError) {
        guard isOn else { return }
        let wait: Int64? = failures.withLock { failures in
            let latest = subjects.compactMap { failures[$0]?.notBefore }.max() ?? 0
            if latest > now { return latest - now }
            for subject in subjects {
                var entry = failures[subject] ?? Failures()
                if now - entry.latest > Self.memory { entry = Failures() }
                entry.count += 1
                entry.latest = now
                entry.notBefore = entry.count < subject.free ? 0 : now + Self.delay(entry.count, subject)
                if failures[subject] == nil, failures.count >= capacity { makeRoom(&failures, now) }
                failures[subject] = entry
            }
            return nil
        }
        if let wait { throw .tooManyFailures(wait) }
    }

    /// The attempt succeeded: the account starts afresh, the address gets this one back.
    func succeeded(_ subjects: [Subject]) {
        guard isOn else { return }
        failures.withLock { failures in
            for subject in subjects {
                switch subject {
                case .account: failures[subject] = nil
                case .address:
                    failures[subject]?.count -= 1
                    failures[subject]?.notBefore = 0
                }
            }
        }
    }

    /// The attempt was not judged at all (the server was busy): it does not count.
    func withdrawn(_ subjects: [Subject]) {
        guard isOn else { return }
        failures.withLock { failures in
            for subject in subjects {
                failures[subject]?.count -= 1
                failures[subject]?.notBefore = 0
            }
        }
    }

    private static func delay(_ count: Int, _ subject: Subject) -> Int64 {
        min(subject.longest, 1_000 << Int64(min(count - subject.free, 20)))
    }

    private func makeRoom(_ failures: inout [Subject: Failures], _ now: Int64) {
        failures = failures.filter { now - $0.value.latest <= Self.memory }
        guard failures.count >= capacity * 3 / 4 else { return }
        // Still crowded: the older half goes, first those who need not wait right now.
        let oldest = failures.sorted { ($0.value.notBefore, $0.value.latest) < ($1.value.notBefore, $1.value.latest) }
        for (subject, _) in oldest.prefix(capacity / 2) { failures[subject] = nil }
    }
}
