import Access
import Audit
import EndToEnd
import HTTPSurface
import HTTPTypes
import Identity
import Matrix
import Rooms
import Sync

extension ClientRoutes {
    /// Publishing, asking for and claiming the public keys of devices.
    static func keys(_ services: ClientServices) -> [Route] {
        let keys = services.keys
        let root = "/_matrix/client/v3/keys"
        return [
            Route(.post, root + "/upload", permission: .deviceKeyUse, audit: .writes(.keyUpload)) { exchange, session in
                let upload = try KeyUpload(try await exchange.bodyOrEmpty())
                let supply = try await keys.upload(upload, by: session.requester, at: exchange.now)
                return .object { supply.appendCounts(as: "one_time_key_counts", to: &$0) }
            },
            Route(.post, root + "/query", permission: .deviceKeyUse, audit: .reads) { exchange, session in
                let body = try await exchange.body()
                _ = try body.optionalInt("timeout")
                let question = try KeyQuestion(parsing: try body.requiredObject("device_keys"))
                return .json(try await keys.query(question, by: session.requester))
            },
            Route(.post, root + "/claim", permission: .deviceKeyUse, audit: .writes(.keyClaim)) { exchange, session in
                let body = try await exchange.body()
                _ = try body.optionalInt("timeout")
                let claim = try KeyClaim(parsing: try body.requiredObject("one_time_keys"))
                return .json(try await keys.claim(claim, by: session.requester, at: exchange.now))
            },
            Route(.get, root + "/changes", permission: .deviceKeyUse, audit: .reads) { exchange, session in
                guard let from = exchange.query("from"), let to = exchange.query("to") else {
                    throw MatrixError.missingParam("from and to are needed")
                }
                // The end is only a hint: what happened after it is told as well.
                let (since, _) = (try SyncToken(parsing: from).mark, try SyncToken(parsing: to))
                let lists = try await keys.changes(for: session.requester.number, since: since.position)
                return .object { lists.append(to: &$0) }
            },
        ]
    }

    /// Messages from device to device.
    static func deviceMessages(_ services: ClientServices) -> [Route] {
        [
            Route(
                .put, "/_matrix/client/v3/sendToDevice/{eventType}/{txnId}", permission: .deviceMessageSend,
                audit: .writes(.deviceMessageSend)
            ) { exchange, session in
                let body = try await exchange.body()
                let messages = try DeviceMessages(
                    exchange.path("eventType"), parsing: try body.requiredObject("messages"))
                try await services.keys.send(
                    messages, transaction: exchange.path("txnId"), by: session.requester, at: exchange.now)
                return .empty
            }
        ]
    }
}

extension KeyUpload {
    /// Reads the members that `POST /keys/upload` and a dehydrated device have in common.
    /// - Throws: `M_BAD_JSON`, `M_MISSING_PARAM`, `M_INVALID_PARAM`.
    init(_ body: JSON) throws(MatrixError) {
        try self.init(
            identity: try body.optionalObject("device_keys").map { json throws(MatrixError) in try DeviceIdentity(parsing: json)
            },
            oneTimeKeys: try PublishedKey.all(in: body, under: "one_time_keys"),
            fallbackKeys: try PublishedKey.all(in: body, under: "fallback_keys"))
    }
}

extension PublishedKey {
    fileprivate static func all(in body: JSON, under name: String) throws(MatrixError) -> [PublishedKey] {
        guard let object = try body.optionalObject(name) else { return [] }
        return try all(in: object, name)
    }
}
