import Crypto
import Keys
import Matrix
import Synchronization

/// What all transactions of a store share: keys, the names behind numbers, and the clock. Only committed facts.
final class StoreMemory: Sendable {
    let path: String
    let keyRing: KeyRing
    let people = NumberCache<UserID>()
    let rooms = NumberCache<RoomID>()
    let now: @Sendable () -> Int64
    let maximumUsesPerKey: Int64
    /// What the tables hold of rooms, people and events.
    let holdings: [Holding]

    /// Whether the write-ahead log may hold what was asked to go.
    let owesEmptyLog = Atomic<Bool>(true)

    private let root: SymmetricKey
    private let tagKeys: [TagPurpose: SymmetricKey]

    init(
        path: String, keyRing: KeyRing, root: SymmetricKey, maximumUsesPerKey: Int64, holdings: [Holding],
        now: @escaping @Sendable () -> Int64
    ) {
        self.holdings = holdings
        self.path = path
        self.keyRing = keyRing
        self.now = now
        self.maximumUsesPerKey = maximumUsesPerKey
        self.root = root
        tagKeys = Dictionary(
            uniqueKeysWithValues: TagPurpose.allCases.map { purpose in
                (purpose, PurposeKey.derive(from: root, purpose: "tag", scope: purpose.rawValue, generation: 0))
            })
    }

    /// HMAC-SHA256 of a text under the key of a purpose, cut to 16 bytes.
    func tag(_ text: String, _ purpose: TagPurpose) -> [UInt8] {
        guard let key = tagKeys[purpose] else { return [] }
        var text = text
        return text.withUTF8 { utf8 in
            HMAC<SHA256>.authenticationCode(for: UnsafeRawBufferPointer(utf8), using: key).withUnsafeBytes {
                Array($0.prefix(16))
            }
        }
    }

    /// A key for one purpose that survives every rotation.
    func purposeKey(_ purpose: String) -> SymmetricKey {
        PurposeKey.derive(from: root, purpose: purpose, scope: "server", generation: 0)
    }
}

/// Names and their numbers, both ways. Holds only what is committed, and starts anew when it has grown too large.
final class NumberCache<Name: Hashable & Sendable>: Sendable {
    private struct State {
        var numbers: [Name: Int64] = [:]
        var names: [Int64: Name] = [:]
    }

    private let state = Mutex(State())
    private let capacity = 200_000

    func number(_ name: Name) -> Int64? {
        state.withLock { $0.numbers[name] }
    }

    func name(_ number: Int64) -> Name? {
        state.withLock { $0.names[number] }
    }

    func keep(_ name: Name, _ number: Int64) {
        state.withLock { state in
            if state.numbers.count >= capacity { state = State() }
            state.numbers[name] = number
            state.names[number] = name
        }
    }
}
