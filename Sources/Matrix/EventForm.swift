/// The canonical JSON of an event in pieces. Hashing, signing and sending want the same event with other fields filled in;
/// the pieces between them are written once.
struct EventForm {
    private let head: [UInt8]
    private let depth: [UInt8]
    private let history: [UInt8]
    private let redacts: [UInt8]
    private let names: [UInt8]
    private let tail: [UInt8]

    init(_ draft: EventDraft, version: RoomVersion) {
        head = EventForm.piece {
            $0.memberArray("auth_events") { for event in draft.authEvents { $0.string(event.rawValue) } }
        }
        depth = EventForm.piece { $0.member("depth", draft.depth) }
        history = EventForm.piece {
            $0.member("origin_server_ts", draft.originServerTS)
            $0.memberArray("prev_events") { for event in draft.prevEvents { $0.string(event.rawValue) } }
        }
        if let target = draft.redacts, !version.keepsRedactsInContent {
            redacts = EventForm.piece { $0.member("redacts", target.rawValue) }
        } else {
            redacts = []
        }
        names = EventForm.piece {
            if let roomID = draft.roomID { $0.member("room_id", roomID.rawValue) }
            $0.member("sender", draft.sender.rawValue)
        }
        tail = EventForm.piece {
            if let stateKey = draft.stateKey { $0.member("state_key", stateKey) }
            $0.member("type", draft.type)
        }
    }

    /// What the content hash covers.
    func unhashed(content: [UInt8]) -> [UInt8] { join(content, hashes: [], redacts: redacts, signatures: []) }

    /// The redacted event; without signatures it is what the signature and the reference hash cover.
    func redacted(content: [UInt8], hashes: [UInt8], signatures: [UInt8]) -> [UInt8] {
        join(content, hashes: hashes, redacts: [], signatures: signatures)
    }

    /// The event as it is sent.
    func whole(content: [UInt8], hashes: [UInt8], signatures: [UInt8]) -> [UInt8] {
        join(content, hashes: hashes, redacts: redacts, signatures: signatures)
    }

    private func join(_ content: [UInt8], hashes: [UInt8], redacts: [UInt8], signatures: [UInt8]) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(
            head.count + content.count + depth.count + hashes.count + history.count + redacts.count + names.count
                + signatures.count + tail.count + 16)
        bytes.append(UInt8(ascii: "{"))
        bytes += head.dropFirst()
        bytes += EventForm.contentKey
        bytes += content
        bytes += depth
        bytes += hashes
        bytes += history
        bytes += redacts
        bytes += names
        bytes += signatures
        bytes += tail
        bytes.append(UInt8(ascii: "}"))
        return bytes
    }

    private static let contentKey = Array(",\"content\":".utf8)

    /// Members with a comma before the first.
    private static func piece(_ members: (inout JSONWriter) -> Void) -> [UInt8] {
        var writer = JSONWriter(capacity: 192)
        writer.object(members)
        var bytes = writer.bytes
        bytes[0] = UInt8(ascii: ",")
        bytes.removeLast()
        return bytes
    }
}
