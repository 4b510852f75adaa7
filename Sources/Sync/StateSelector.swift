import Rooms
import Storage

/// ``RequiredState`` in the words of the database: types as their columns, keys as their tags.
struct StateSelector {
    /// The keys of one type.
    struct Keys {
        var takesAll = false
        var tags: Set<[UInt8]> = []

        func admits(_ tag: [UInt8]) -> Bool { takesAll || tags.contains(tag) }
    }

    /// By type.
    private(set) var types: [String: Keys] = [:]
    /// Of every type.
    private(set) var everyType = Keys()

    init(_ wanted: RequiredState, _ tx: Transaction) {
        for (type, keys) in wanted.keys {
            let selected = Keys(
                takesAll: keys.contains("*"), tags: Set(keys.lazy.filter { $0 != "*" }.map { tx.tag($0, .stateKey) }))
            if type == "*" { everyType = selected } else { types[tx.typeColumn(type)] = selected }
        }
    }

    /// Whether a piece of state is wanted.
    func admits(_ entry: StateEntry) -> Bool { admits(type: entry.type, entry.tag) }

    /// Whether a piece of state is wanted.
    /// - Parameter type: as its column has it.
    func admits(type: String, _ tag: [UInt8]) -> Bool { everyType.admits(tag) || types[type]?.admits(tag) ?? false }

    /// Whether pieces of any type may be wanted.
    var reachesEveryType: Bool { everyType.takesAll || !everyType.tags.isEmpty }
}
