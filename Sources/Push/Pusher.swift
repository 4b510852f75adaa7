import Mail
import Matrix

/// What a person's device wants to be told of, and where.
/// [Specification](https://spec.matrix.org/v1.19/client-server-api/#post_matrixclientv3pushersset)
package struct Pusher: Sendable, Equatable {
    /// How it is told.
    enum Kind: Sendable, Equatable {
        /// By a push gateway.
        case http(GatewayURL)
        /// By mail.
        case email(MailAddress)
    }

    /// The app, by its own name.
    let appID: String
    /// Where the gateway or the mail delivers to.
    let pushKey: String
    let kind: Kind
    /// The object as clients get it.
    let json: [UInt8]

    /// Whether the gateway is told only which event it is.
    let wantsIDOnly: Bool
    /// What the gateway gets back of the client's own data: everything but the URL.
    let data: [UInt8]

    /// A pusher as a client sets it.
    /// - Throws: `M_MISSING_PARAM`, `M_BAD_JSON`, `M_INVALID_PARAM`, `M_TOO_LARGE`.
    package init(parsing body: JSON) throws(MatrixError) {
        let name = try PusherName(parsing: body)
        (appID, pushKey) = (name.appID, name.pushKey)
        var fields: [(String, String)] = []
        for (key, isRequired, longest) in Self.texts {
            guard let value = body[key], !value.isNull else {
                if isRequired { throw .missingParam("\(key) is missing") }
                continue
            }
            guard let text = value.string else { throw .badJSON("\(key) must be a string") }
            guard text.utf8.count <= longest else { throw .invalidParam("\(key) has at most \(longest) bytes") }
            fields.append((key, text))
        }
        guard let data = body["data"], !data.isNull else { throw .missingParam("data is missing") }
        guard data.kind == .object else { throw .badJSON("data must be an object") }
        guard data.raw.count <= 16_384 else { throw .tooLarge("data has at most 16384 bytes") }
        wantsIDOnly = try Self.wantsIDOnly(data)
        switch body["kind"]?.string {
        case "http":
            guard let url = data["url"] else { throw .missingParam("data.url is missing") }
            guard let text = url.string, let gateway = GatewayURL(text) else {
                throw .invalidParam("data.url must be an https URL with the path \(GatewayURL.path)")
            }
            kind = .http(gateway)
        case "email":
            guard let address = MailAddress(name.pushKey), name.appID == "m.email" else {
                throw .invalidParam("a pusher of mail has the app m.email and an e-mail address as push key")
            }
            kind = .email(address)
        default: throw .invalidParam("the kind must be http, email or null")
        }
        self.data = Self.withoutURL(data)
        json = Self.written(name, kind: body["kind"]?.string ?? "", fields, data)
    }

    private static let texts: [(key: String, isRequired: Bool, longest: Int)] = [
        ("app_display_name", true, 255), ("device_display_name", true, 255), ("lang", true, 64), ("profile_tag", false, 255),
    ]

    private static func wantsIDOnly(_ data: JSON) throws(MatrixError) -> Bool {
        guard let format = data["format"], !format.isNull else { return false }
        guard format.string == "event_id_only" else { throw .invalidParam("data.format must be event_id_only") }
        return true
    }

    private static func withoutURL(_ data: JSON) -> [UInt8] {
        var writer = JSONWriter()
        writer.object { object in
            for (key, value) in data.members where key != "url" { object.memberRaw(key, value.raw) }
        }
        return writer.bytes
    }

    private static func written(_ name: PusherName, kind: String, _ fields: [(String, String)], _ data: JSON) -> [UInt8] {
        var writer = JSONWriter()
        writer.object { object in
            object.member("app_id", name.appID)
            object.member("pushkey", name.pushKey)
            object.member("kind", kind)
            for (key, text) in fields { object.member(key, text) }
            object.memberRaw("data", data.raw)
        }
        return writer.bytes
    }
}

/// Which of a person's pushers is meant.
package struct PusherName: Sendable, Equatable {
    let appID: String
    let pushKey: String

    /// The name in a request.
    /// - Throws: `M_MISSING_PARAM`, `M_BAD_JSON`, `M_INVALID_PARAM`.
    package init(parsing body: JSON) throws(MatrixError) {
        appID = try Self.text(body, "app_id", longest: 64)
        pushKey = try Self.text(body, "pushkey", longest: 512)
    }

    private static func text(_ body: JSON, _ key: String, longest: Int) throws(MatrixError) -> String {
        guard let value = body[key], !value.isNull else { throw .missingParam("\(key) is missing") }
        guard let text = value.string else { throw .badJSON("\(key) must be a string") }
        guard !text.isEmpty, text.utf8.count <= longest else { throw .invalidParam("\(key) has 1 to \(longest) bytes") }
        return text
    }
}
