import Matrix
import Sync

/// Whatever is read as a filter can be asked, and what it leaves of an event is an event's part.
func fuzzFilter(_ bytes: [UInt8]) {
    guard let filter = try? SyncFilter(parsing: String(decoding: bytes, as: UTF8.self)) else { return }
    for part in [filter.rooms, filter.state, filter.timeline, filter.ephemeral, filter.roomAccountData] {
        _ = (part.admits(room: "!room:example.org"), part.isOpen)
        promise((0...100).contains(part.limit(usual: 10, largest: 100)), "a limit lies within its bounds")
        _ = (part.events.admits(type: "m.room.message"), part.events.admits(sender: "@alice:example.org"))
    }
    _ = (filter.presence.admits(type: "m.presence"), filter.accountData.admits(type: ""))
    guard let fields = filter.fields, let event else { return }
    promise(try JSON(parsing: fields.pick(from: event)).kind == .object, "the fields of an event are an object")
}

private let event = try? JSON(
    parsing: Array(
        #"{"content":{"a.b":{"c":1},"body":"hello","m.relates_to":{"event_id":"$a"}},"type":"m.room.message","sender":"@bob:example.org"}"#
            .utf8))
