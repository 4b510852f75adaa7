import Matrix

/// Messages from one device to others, all of one type.
///
/// [Specification](https://spec.matrix.org/v1.19/client-server-api/#put_matrixclientv3sendtodeviceeventtypetxnid)
package struct DeviceMessages: Sendable {
    /// The type of all of them.
    let type: String
    /// By person: device IDs, or `*` for all, with the content for each.
    package let recipients: [(user: UserID, contents: [(device: String, content: JSON)])]

    /// Reads the body's `messages`.
    /// - Throws: `M_BAD_JSON`, `M_INVALID_PARAM` for what is no user ID or no type.
    package init(_ type: String, parsing messages: JSON) throws(MatrixError) {
        guard (1...255).contains(type.utf8.count) else { throw .invalidParam("the type must have 1 to 255 bytes") }
        guard messages.kind == .object else { throw .badJSON("messages must be an object") }
        self.type = type
        var recipients: [(UserID, [(String, JSON)])] = []
        for (name, devices) in messages.members {
            guard devices.kind == .object else { throw .badJSON("messages must hold a map of devices for each user") }
            var contents: [(String, JSON)] = []
            for (device, content) in devices.members {
                guard content.kind == .object else { throw .badJSON("the content of a message must be an object") }
                contents.append((device, content))
            }
            recipients.append((try UserID(parsing: name), contents))
        }
        self.recipients = recipients
    }

    /// How many devices are named.
    var count: Int { recipients.reduce(0) { $0 + $1.contents.count } }
}

extension DeviceMessages {
    /// The event as the receiving device gets it.
    package func event(_ content: JSON, from sender: UserID) -> [UInt8] {
        var writer = JSONWriter(capacity: content.raw.count + 128)
        writer.object { event in
            event.memberRaw("content", content.raw)
            event.member("sender", sender.rawValue)
            event.member("type", type)
        }
        return writer.bytes
    }
}
