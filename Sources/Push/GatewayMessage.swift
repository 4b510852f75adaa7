import Matrix

/// The body of a request to a push gateway.
/// [Specification](https://spec.matrix.org/v1.19/push-gateway-api/#post_matrixpushv1notify)
struct GatewayMessage: Sendable {
    /// What is told of an event besides its ID, where that is allowed.
    struct Details: Sendable, Equatable {
        var type: String
        var sender: String
        var senderName: String?
        var roomName: String?
        var roomAlias: String?
        var isAboutReader = false
        var content: [UInt8]
    }

    /// An event to be told of.
    struct Event: Sendable, Equatable {
        var eventID: String
        var roomID: String
        var actions: [PushAction]
        /// The type, by which the urgency is judged; not sent by itself.
        var type: String
        var details: Details?
    }

    /// The event; `nil` when only the count has changed.
    var event: Event?
    /// How much the reader has not read, in all rooms.
    var unread: Int

    /// The body for one pusher.
    func body(for pusher: Pusher, setAt: Int64) -> [UInt8] {
        var writer = JSONWriter(capacity: 1_024)
        writer.object { body in
            body.memberObject("notification") { notification in
                if let event { Self.append(event, to: &notification) }
                notification.memberObject("counts") { counts in
                    // A message that is about nothing but the count says it even when it is zero.
                    if unread > 0 || event == nil { counts.member("unread", unread) }
                }
                notification.memberArray("devices") { devices in
                    devices.object { device in
                        device.member("app_id", pusher.appID)
                        device.member("pushkey", pusher.pushKey)
                        device.member("pushkey_ts", setAt / 1_000)
                        device.memberRaw("data", pusher.data)
                        if let event {
                            device.memberObject("tweaks") { tweaks in
                                for case .tweak(let name, let value) in event.actions.uniqueTweaks {
                                    tweaks.member(name, value ?? .bool(true))
                                }
                            }
                        }
                    }
                }
            }
        }
        return writer.bytes
    }

    private static func append(_ event: Event, to notification: inout JSONWriter) {
        notification.member("event_id", event.eventID)
        notification.member("room_id", event.roomID)
        notification.member("prio", event.isUrgent ? "high" : "low")
        guard let details = event.details else { return }
        notification.member("type", details.type)
        notification.member("sender", details.sender)
        if let name = details.senderName { notification.member("sender_display_name", name) }
        if let name = details.roomName { notification.member("room_name", name) }
        if let alias = details.roomAlias { notification.member("room_alias", alias) }
        if details.isAboutReader { notification.member("user_is_target", true) }
        notification.memberRaw("content", details.content)
    }
}

extension GatewayMessage.Event {
    /// Whether a device is to be woken: encrypted events may be anything, so they count as urgent.
    var isUrgent: Bool {
        if type == "m.room.encrypted" || type == "m.call.invite" { return true }
        return PushVerdict(actions).highlights
            || actions.contains { if case .tweak("sound", .string) = $0 { true } else { false } }
    }
}

extension [PushAction] {
    /// The tweaks, of two with one name the last.
    fileprivate var uniqueTweaks: [PushAction] {
        var seen: Set<String> = []
        return reversed().filter { action in
            guard case .tweak(let name, _) = action else { return false }
            return seen.insert(name).inserted
        }.reversed()
    }
}
