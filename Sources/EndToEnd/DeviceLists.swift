import Matrix
import Rooms
import Storage

/// Whose keys a device has to ask for again, and whose it can forget.
///
/// [Specification](https://spec.matrix.org/v1.19/client-server-api/#e2e-extensions-to-sync)
package struct DeviceLists: Sendable {
    /// Those whose keys changed, and those who now share a room with the reader.
    package private(set) var changed: [UserID] = []
    /// Those with whom the reader shares no encrypted room any more.
    package private(set) var left: [UserID] = []

    /// Nobody.
    package init() {}

    /// Whether there is nobody.
    package var isEmpty: Bool { changed.isEmpty && left.isEmpty }

    /// What happened for a reader since a position.
    /// - Parameters:
    ///   - keysChanged: whether somebody's keys may have changed since then; false saves the question.
    ///   - rooms: the rooms in which members came or went, as far as is known; nil looks at all of the reader's rooms.
    package init(
        for reader: Int64, since: Int64, keysChanged: Bool = true, rooms: [Int64]? = nil, _ tx: Transaction
    ) throws {
        var near: Set<Int64> = []
        var gone = Departures()
        for room in try rooms ?? DeviceListQueries.livelyRooms(of: reader, after: since, tx) {
            try Self.look(at: room, for: reader, since: since, near: &near, gone: &gone, tx)
        }
        let absent = try gone.settled(for: reader, tx)
        if keysChanged { near.formUnion(try DeviceListQueries.changed(for: reader, after: since, tx)) }
        near.subtract(absent)
        changed = try near.map { try tx.user($0) }.sorted()
        left = try absent.map { try tx.user($0) }.sorted()
    }

    /// Writes the two members.
    package func append(to lists: inout JSONWriter) {
        lists.memberArray("changed") { list in changed.forEach { list.string($0.rawValue) } }
        lists.memberArray("left") { list in left.forEach { list.string($0.rawValue) } }
    }

    private static func look(
        at room: Int64, for reader: Int64, since: Int64, near: inout Set<Int64>, gone: inout Departures, _ tx: Transaction
    ) throws {
        guard let own = try MembershipQueries.membership(reader, room, tx) else { return }
        let encryption = try DeviceListQueries.encryption(of: room, tx)
        guard own.membership == .join else {
            guard own.position > since, try DeviceListQueries.wasJoined(reader, in: room, since: since, tx) else { return }
            let others =
                try DeviceListQueries.joined(room, after: 0, tx)
                + DeviceListQueries.gone(room, after: since, tx)
                .filter { try DeviceListQueries.wasJoined($0, in: room, since: since, tx) }
            gone.add(others.filter { $0 != reader }, isEncrypted: encryption != nil)
            return
        }
        let isNew = try own.position > since && !DeviceListQueries.stayed(reader, in: room, since: since, tx)
        if isNew || encryption.map({ $0 > since }) ?? false {
            near.formUnion(try DeviceListQueries.joined(room, after: 0, tx).filter { $0 != reader })
        } else {
            for person in try DeviceListQueries.joined(room, after: since, tx) where person != reader {
                if try !DeviceListQueries.stayed(person, in: room, since: since, tx) { near.insert(person) }
            }
        }
        for person in try DeviceListQueries.gone(room, after: since, tx)
        where try DeviceListQueries.wasJoined(person, in: room, since: since, tx) {
            gone.add([person], isEncrypted: encryption != nil)
        }
    }
}

/// Those with whom a room is not shared any more.
private struct Departures {
    private var fromEncrypted: Set<Int64> = []
    private var fromPlain: Set<Int64> = []

    mutating func add(_ people: [Int64], isEncrypted: Bool) {
        if isEncrypted { fromEncrypted.formUnion(people) } else { fromPlain.formUnion(people) }
    }

    /// Those of them with whom no other room is left that matters: after an encrypted room no encrypted one, after another no room
    /// at all.
    func settled(for reader: Int64, _ tx: Transaction) throws -> Set<Int64> {
        try without(fromEncrypted, reader, encryptedOnly: true, tx)
            .union(without(fromPlain, reader, encryptedOnly: false, tx))
    }

    private func without(_ people: Set<Int64>, _ reader: Int64, encryptedOnly: Bool, _ tx: Transaction) throws -> Set<Int64> {
        // With many at once one question about everybody is cheaper than one for each.
        if people.count > 16 {
            return people.subtracting(try DeviceListQueries.sharers(of: reader, encryptedOnly: encryptedOnly, tx))
        }
        return try people.filter { try !DeviceListQueries.share(reader, $0, encryptedOnly: encryptedOnly, tx) }
    }
}

extension KeyServer {
    /// Announces that somebody's keys have changed, to himself and to all who share a room with him.
    func keysChanged(of person: Int64, _ tx: Transaction) throws {
        let position = try tx.nextPosition()
        try DeviceListQueries.noteChange(of: person, at: position, tx)
        let wake = try DeviceListQueries.sharers(of: person, tx) + [person]
        let hub = hub
        tx.afterCommit { hub.keysChanged(position: position, wake: wake) }
    }

    /// Announces to a reader alone that he has signed somebody's keys, or that a key changed that only he sees.
    func signatureAdded(by reader: Int64, on person: Int64, _ tx: Transaction) throws {
        let position = try tx.nextPosition()
        try DeviceListQueries.noteSignature(by: reader, on: person, at: position, tx)
        let hub = hub
        tx.afterCommit { hub.keysChanged(position: position, wake: [reader]) }
    }

    /// The answer to `/keys/changes`: everything since a position.
    package func changes(for reader: Int64, since: Int64) async throws -> DeviceLists {
        try await store.read { tx in try DeviceLists(for: reader, since: since, tx) }
    }
}
