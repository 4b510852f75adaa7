import Matrix

/// Which state events of a room somebody wants, by type and state key.
struct RequiredState: Sendable, Hashable {
    /// Stands for every type, and for every key.
    private static let every = "*"
    private static let lazy = "$LAZY"
    private static let me = "$ME"

    /// The keys that are wanted, by type.
    private(set) var keys: [String: Set<String>] = [:]
    /// Whether of the members those are wanted whom the timeline needs.
    private(set) var loadsMembersLazily = false

    /// Wants nothing.
    init() {}

    /// Adds what a pair of a request names.
    /// - Parameter user: who is meant by `$ME`.
    mutating func insert(_ type: String, _ key: String, for user: UserID) {
        switch key {
        case Self.lazy where type == "m.room.member": loadsMembersLazily = true
        case Self.me: keys[type, default: []].insert(user.rawValue)
        default: keys[type, default: []].insert(key)
        }
    }

    /// How many pairs it holds.
    var count: Int { keys.values.reduce(0) { $0 + $1.count } }

    /// What either wants.
    func union(_ other: RequiredState) -> RequiredState {
        if self == other { return self }
        var result = self
        result.formUnion(other)
        return result
    }

    /// Wants also what the other wants.
    mutating func formUnion(_ other: RequiredState) {
        for (type, wanted) in other.keys { keys[type, default: []].formUnion(wanted) }
        loadsMembersLazily = loadsMembersLazily || other.loadsMembersLazily
    }

    /// Whether everything that the other wants is wanted here too; lazily loaded members are no part of the question.
    func covers(_ other: RequiredState) -> Bool {
        if keys == other.keys { return true }
        return other.keys.allSatisfy { type, wanted in
            wanted.allSatisfy { key in
                [type, Self.every].contains { keys[$0].map { $0.contains(key) || $0.contains(Self.every) } ?? false }
            }
        }
    }
}
