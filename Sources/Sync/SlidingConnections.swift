import Matrix
import Rooms
import Synchronization

/// What a connection was told of one room.
struct SentRoom: Sendable {
    /// The reader's place in it.
    var membership: Membership
    /// Everything up to this position was told.
    var position: Int64
    /// How many of the last events are known without a gap; `Int.max` for all of them.
    var shown = 0
    /// Which state was told and is up to date.
    var state = ToldState.nothing
    /// Whether it was called a direct message.
    var isDirect = false
    /// The reader's own receipts up to here are in the unread counts.
    var countedUpTo: Int64 = 0
    /// Receipts up to here were told; nil when the extension was not wanted yet.
    var receipts: Int64?
    /// Account data up to here was told.
    var data: Int64?
    /// Typing up to this serial was told.
    var typing: Int64?
}

/// What a connection was told up to one answer.
struct SlidingState: Sendable {
    /// The number of the answer.
    let answer: Int64
    var mark: StreamMark
    /// By room. A room that stands here and was left since is told of once more.
    var rooms: [Int64: SentRoom] = [:]
    /// How many rooms each list had.
    var counts: [String: Int] = [:]
    /// Account data of no room up to here was told.
    var data: Int64?
    /// Changes of keys up to here were told; nil when the extension was not wanted yet.
    var keys: Int64?
    /// Changes of the threads that the reader follows up to here were told; nil when the extension was not wanted yet.
    var subscriptions: Int64?
    /// What was said in threads up to here was told; nil when the extension was not wanted yet.
    var threads: Int64?
    /// Whether messages to the device were left over from the answer.
    var hasMoreMessages = false
    /// Whether rooms were left over from the answer: it was full. They stand as they stood before it.
    var hasMoreRooms = false
    /// What was wanted.
    var wish = SlidingWish()
    /// How much memory it takes, once it is kept.
    var weight = 0
}

/// What the server told each connection, in memory only: after a restart clients begin anew, as the proposal allows.
///
/// Of a connection the answer that the client has is kept, and those that were given since and may be on their way.
final class SlidingConnections: Sendable {
    /// A loop of calls of one device.
    struct Key: Hashable, Sendable {
        let user: Int64
        let device: String?
        let name: String
    }

    fileprivate struct Connection {
        var states: [SlidingState] = []
        /// The answer that the client said it has.
        var acknowledged: Int64?
        var used: UInt64 = 0
        var weight: Int { states.reduce(8) { $0 + $1.weight } }
    }

    fileprivate struct Held {
        var connections: [Key: Connection] = [:]
        var names: [Device: Int] = [:]
        var weight = 0
        var uses: UInt64 = 0
        var answers: Int64 = 0
    }

    fileprivate struct Device: Hashable {
        let user: Int64
        let device: String?
    }

    /// Answers that are kept of one connection.
    private static let mostStates = 4
    /// Connections of one device; the one that was not used for longest goes.
    static let mostPerDevice = 16

    private let held = Mutex(Held())
    private let capacity: Int

    /// - Parameter capacity: how many rooms and names of wishes of all connections together are remembered, about.
    init(capacity: Int = 1_000_000) { self.capacity = capacity }

    /// The number of a new answer.
    func nextAnswer() -> Int64 {
        held.withLock { held in
            held.answers += 1
            return held.answers
        }
    }

    /// What the connection was told up to an answer that the client now says it has; what was before it is dropped.
    /// - Returns: the state, and whether the client asks for something that was answered before; nil for an answer not known.
    func acknowledge(_ token: SlidingToken, of key: Key) -> (state: SlidingState, isRepeated: Bool)? {
        held.withLock { held in
            guard let states = held.connections[key]?.states,
                let state = states.first(where: { $0.answer == token.answer && $0.mark == token.mark })
            else { return nil }
            held.change(key) { connection in
                connection.acknowledged = token.answer
                connection.states.removeAll { $0.answer < token.answer }
            }
            return (state, states.last?.answer != token.answer)
        }
    }

    /// The connection begins anew.
    func restart(_ key: Key) {
        held.withLock { $0.remove(key) }
    }

    /// Remembers what an answer tells.
    func keep(_ state: SlidingState, of key: Key) {
        var state = state
        state.weight = state.measured
        held.withLock { [state] held in
            held.change(key) { connection in
                connection.states.append(state)
                guard connection.states.count > Self.mostStates else { return }
                // Never the one that the client has: it asks from there until an answer arrives.
                let oldest = connection.states.firstIndex { $0.answer != connection.acknowledged }
                if let oldest { connection.states.remove(at: oldest) }
            }
            if held.names[Device(user: key.user, device: key.device)] ?? 0 > Self.mostPerDevice {
                held.removeOldest(1) { $0.user == key.user && $0.device == key.device }
            }
            // One that is out of all proportion begins anew, so that it does not drive out everybody else's.
            if let weight = held.connections[key]?.weight, weight > capacity / 4 { held.remove(key) }
            if held.weight > capacity { held.removeOldest(max(1, held.connections.count / 8)) { $0 != key } }
        }
    }

    /// Forgets the connections of a device, or of all devices of a person.
    func forget(_ user: Int64, _ device: String?) {
        held.withLock { held in
            for key in held.connections.keys where key.user == user && (device == nil || key.device == device) {
                held.remove(key)
            }
        }
    }

    /// How many connections are remembered.
    var count: Int { held.withLock { $0.connections.count } }
    /// About how much memory they take, in rooms and names.
    var weight: Int { held.withLock { $0.weight } }
}

extension SlidingConnections.Held {
    fileprivate mutating func change(
        _ key: SlidingConnections.Key, _ body: (inout SlidingConnections.Connection) -> Void
    ) {
        if connections[key] == nil { names[.init(user: key.user, device: key.device), default: 0] += 1 }
        // Taken out, so that it is changed in place and not copied.
        var connection = connections.removeValue(forKey: key) ?? .init()
        if !connection.states.isEmpty { weight -= connection.weight }
        body(&connection)
        uses += 1
        connection.used = uses
        weight += connection.weight
        connections[key] = connection
    }

    fileprivate mutating func remove(_ key: SlidingConnections.Key) {
        guard let connection = connections.removeValue(forKey: key) else { return }
        weight -= connection.weight
        let device = SlidingConnections.Device(user: key.user, device: key.device)
        names[device, default: 1] -= 1
        if names[device] == 0 { names[device] = nil }
    }

    fileprivate mutating func removeOldest(_ count: Int, where admits: (SlidingConnections.Key) -> Bool) {
        let oldest = connections.filter { admits($0.key) }.sorted { $0.value.used < $1.value.used }.prefix(count)
        for (key, _) in oldest { remove(key) }
    }
}
