import EndToEnd
import Matrix
import Rooms

/// One finished answer.
struct SyncAnswer: Sendable {
    /// The body.
    let body: [UInt8]
    /// Up to where it reaches.
    let mark: StreamMark
    /// Whether it tells anything new.
    let tells: Bool

    /// An answer that says that nothing happened.
    /// - Parameter supply: what the device has left of its keys, which every answer tells.
    static func empty(_ mark: StreamMark, _ supply: KeySupply) -> [UInt8] {
        var writer = JSONWriter(capacity: 320)
        writer.object { answer in
            answer.member("next_batch", SyncToken(mark).description)
            answer.memberObject("rooms") { rooms in
                for section in ["join", "invite", "knock", "leave"] { rooms.memberObject(section) { _ in } }
            }
            for section in ["presence", "account_data"] { answer.memberObject(section) { $0.memberArray("events") { _ in } } }
            answer.memberObject("to_device") { $0.memberArray("events") { _ in } }
            answer.memberObject("device_lists") { DeviceLists().append(to: &$0) }
            supply.append(to: &answer)
        }
        return writer.bytes
    }
}
