import EndToEnd
import Matrix
import Rooms
import Storage

/// What an answer tells the device itself: messages to it, whose keys have changed, what it has left of its own.
struct DeviceNews {
    /// Messages to the device.
    let messages: WaitingMessages
    /// Whose keys have changed; nil for a first answer, after which clients ask for all.
    let lists: DeviceLists?
    /// What the device has left.
    let supply: KeySupply
    /// Whether any of it is new.
    let tells: Bool

    init(_ pass: SyncPass) throws {
        let (request, keys, tx) = (pass.request, pass.engine.keys, pass.tx)
        let since = pass.since?.position ?? 0
        let acknowledged = request.messages ?? since
        // Memory knows of every change since the start, so a warm look without one reads nothing.
        let isTold = pass.since == nil || pass.deviceChange > since
        if let device = request.device, isTold || request.hasMessages {
            messages = try keys.messages(
                for: request.number, device, after: acknowledged, upTo: pass.mark.position, tx)
        } else {
            messages = WaitingMessages(events: [], position: pass.mark.position, hasMore: false)
        }
        if pass.since == nil {
            lists = nil
        } else {
            let keysChanged = pass.keysChange > since
            let rooms = pass.hints.map { $0.filter(\.members).map(\.room) }
            lists =
                !keysChanged && rooms?.isEmpty == true
                ? DeviceLists()
                : try DeviceLists(for: request.number, since: since, keysChanged: keysChanged, rooms: rooms, tx)
        }
        supply = try keys.supply(of: request.number, request.device, tx)
        tells = !messages.events.isEmpty || lists?.isEmpty == false || isTold && pass.since != nil && pass.hints != nil
    }

    /// Writes the members of the answer.
    func append(to answer: inout JSONWriter) {
        answer.memberObject("to_device") { section in
            section.memberArray("events") { list in messages.events.forEach { list.raw($0) } }
        }
        if let lists { answer.memberObject("device_lists") { lists.append(to: &$0) } }
        supply.append(to: &answer)
    }
}
