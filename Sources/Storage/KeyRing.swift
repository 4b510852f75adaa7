import Crypto
import Keys
import Synchronization

/// The keys that are unwrapped at the moment, shared by all transactions. Holds only keys whose rows are committed.
final class KeyRing: Sendable {
    /// What is known of a data key.
    enum Lookup {
        case found(SymmetricKey)
        case destroyed
        case unknown
    }

    private struct Name: Hashable {
        let scope: KeyScope
        let generation: Int64
    }

    private struct State {
        var masters: [Int64: MasterKey]
        var keys: LeastRecent<Name, SymmetricKey>
        var destroyed: Set<KeyScope> = []
    }

    private let state: Mutex<State>

    /// A ring that can unwrap with these master keys, by generation.
    init(masters: [Int64: MasterKey], capacity: Int) {
        state = Mutex(State(masters: masters, keys: LeastRecent(capacity: capacity)))
    }

    /// The master keys in use: one, or two while a rotation is under way.
    var masters: [Int64: MasterKey] {
        get { state.withLock { $0.masters } }
        set { state.withLock { $0.masters = newValue } }
    }

    /// An unwrapped key.
    func key(_ scope: KeyScope, _ generation: Int64) -> Lookup {
        state.withLock { state in
            if let key = state.keys.value(Name(scope: scope, generation: generation)) { return .found(key) }
            return state.destroyed.contains(scope) ? .destroyed : .unknown
        }
    }

    /// Remembers an unwrapped key. A reader whose snapshot is older than a destruction does not bring a key back.
    func keep(_ key: SymmetricKey, _ scope: KeyScope, _ generation: Int64) {
        state.withLock { state in
            guard !state.destroyed.contains(scope) else { return }
            state.keys.set(Name(scope: scope, generation: generation), key)
        }
    }

    /// How many scopes were destroyed since the start.
    var destructions: Int { state.withLock { $0.destroyed.count } }

    /// Forgets the keys of a scope for good.
    func destroy(_ scope: KeyScope) {
        state.withLock { state in
            state.destroyed.insert(scope)
            state.keys.removeAll { $0.scope == scope }
        }
    }
}
