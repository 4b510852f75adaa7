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
    static func empty(_ mark: StreamMark) -> [UInt8] {
        var writer = JSONWriter(capacity: 320)
        writer.object { answer in
            answer.member("next_batch", SyncToken(mark).description)
            answer.memberObject("rooms") { rooms in
                for section in ["join", "invite", "knock", "leave"] { rooms.memberObject(section) { _ in } }
            }
            for section in ["presence", "account_data"] { answer.memberObject(section) { $0.memberArray("events") { _ in } } }
            appendDeviceParts(to: &answer)
        }
        return writer.bytes
    }

    /// What is told to devices; there is nothing as long as the server keeps no keys of theirs.
    static func appendDeviceParts(to answer: inout JSONWriter) {
        answer.memberObject("to_device") { $0.memberArray("events") { _ in } }
        answer.memberObject("device_lists") { lists in
            lists.memberArray("changed") { _ in }
            lists.memberArray("left") { _ in }
        }
        answer.memberObject("device_one_time_keys_count") { _ in }
        answer.memberArray("device_unused_fallback_key_types") { _ in }
    }
}
