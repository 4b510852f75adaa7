import Synchronization

/// Which members each device was told of, so that lazy loading need not repeat them. Bounded; what is forgotten is repeated.
///
/// [Specification](https://spec.matrix.org/v1.16/client-server-api/#lazy-loading-room-members)
final class LazyMembers: Sendable {
    private struct Key: Hashable {
        let user: Int64
        let device: String?
    }

    private struct Told {
        /// The position of the member event that the device got.
        let position: Int64
        /// The mark of the answer that it stood in. A device that asks from before that mark may never have got it.
        let mark: Int64
    }

    private struct Device {
        var rooms: [Int64: [Int64: Told]] = [:]
        var count = 0
    }

    private static let mostDevices = 5_000
    private static let mostMembers = 10_000

    private let devices = Mutex<[Key: Device]>([:])

    /// Of these members of a room (number to position of the member event), those that the device does not know.
    func unknown(
        _ members: [Int64: Int64], in room: Int64, to user: Int64, _ device: String?, since: Int64
    ) -> [Int64: Int64] {
        devices.withLock { held in
            guard let told = held[Key(user: user, device: device)]?.rooms[room] else { return members }
            return members.filter { member, position in
                guard let known = told[member] else { return true }
                return known.position != position || known.mark > since
            }
        }
    }

    /// Notes what an answer with this mark tells a device.
    /// - Parameter anew: whether the answer gives the whole state, so that the device may drop what it knew.
    func note(_ members: [Int64: Int64], in room: Int64, to user: Int64, _ device: String?, mark: Int64, anew: Bool) {
        guard !members.isEmpty || anew else { return }
        devices.withLock { held in
            let key = Key(user: user, device: device)
            if held[key] == nil, held.count >= Self.mostDevices, let other = held.keys.first { held[other] = nil }
            var entry = held.removeValue(forKey: key) ?? Device()
            if entry.count + members.count > Self.mostMembers { entry = Device() }
            var told = entry.rooms.removeValue(forKey: room) ?? [:]
            let before = told.count
            if anew { told = [:] }
            for (member, position) in members {
                if let known = told[member], known.position == position, known.mark <= mark { continue }
                told[member] = Told(position: position, mark: mark)
            }
            entry.count += told.count - before
            entry.rooms[room] = told
            held[key] = entry
        }
    }

    /// Forgets what a device was told: it starts anew, or is gone.
    func forget(_ user: Int64, _ device: String?) {
        devices.withLock { $0[Key(user: user, device: device)] = nil }
    }
}
