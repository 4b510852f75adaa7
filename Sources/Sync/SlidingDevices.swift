import EndToEnd
import Matrix
import Rooms
import Storage

extension SlidingPass {
    /// Writes messages to the device; returns whether there are any.
    ///
    /// [Proposal](https://github.com/matrix-org/matrix-spec-proposals/pull/3885)
    mutating func appendToDevice(_ wish: SlidingWish.ToDevice, to extensions: inout JSONWriter) throws -> Bool {
        let after = request.call.toDeviceSince ?? 0
        var messages = WaitingMessages(events: [], position: max(after, mark.position), hasMore: false)
        // Memory knows of every message since the start, so a warm look without one reads nothing.
        if let device = key.device, from?.hasMoreMessages == true || base.deviceChange > after {
            messages = try base.engine.keys.messages(
                for: user, device, after: after, upTo: mark.position, limit: wish.limit, tx)
        }
        next.hasMoreMessages = messages.hasMore
        extensions.memberObject("to_device") { object in
            object.member("next_batch", "\(messages.position)")
            object.memberArray("events") { list in messages.events.forEach { list.raw($0) } }
        }
        return !messages.events.isEmpty
    }

    /// Writes whose keys changed and what the device has left of its own; returns whether any of it is news.
    ///
    /// [Proposal](https://github.com/matrix-org/matrix-spec-proposals/pull/3884)
    mutating func appendEndToEnd(to extensions: inout JSONWriter) throws -> Bool {
        let lists = try from?.keys.map { try deviceLists(since: $0) }
        let supply = try base.engine.keys.supply(of: user, key.device, tx)
        next.keys = mark.position
        extensions.memberObject("e2ee") { object in
            if let lists { object.memberObject("device_lists") { lists.append(to: &$0) } }
            supply.append(to: &object)
        }
        return lists?.isEmpty == false || from.map { base.deviceChange > $0.mark.position } ?? false
    }

    private func deviceLists(since told: Int64) throws -> DeviceLists {
        let place = StreamMark(position: told, serial: mark.serial)
        let news = base.engine.hub.news(for: user, device: key.device, since: place)
        let rooms = news.rooms.map { $0.filter(\.members).map(\.room) }
        let keysChanged = news.keys > told
        if !keysChanged, rooms?.isEmpty == true { return DeviceLists() }
        return try DeviceLists(for: user, since: told, keysChanged: keysChanged, rooms: rooms, tx)
    }
}
