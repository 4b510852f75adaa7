import Access
import Audit
import EndToEnd
import HTTPSurface
import HTTPTypes
import Identity
import Matrix

extension ClientRoutes {
    /// Dehydrated devices, under the name of their proposal.
    ///
    /// [MSC3814](https://github.com/matrix-org/matrix-spec-proposals/pull/3814)
    static func dehydratedDevices(_ services: ClientServices) -> [Route] {
        let keys = services.keys
        let path = "/_matrix/client/unstable/org.matrix.msc3814.v1/dehydrated_device"
        return [
            Route(.put, path, permission: .dehydratedDeviceUse, audit: .writes(.deviceCreate)) { exchange, session in
                let body = try await exchange.body()
                let upload = try DehydratedUpload(parsing: body, keys: try KeyUpload(body), of: session.user)
                let device = try await keys.dehydrate(upload, by: session.requester, at: exchange.now)
                return .object { $0.member("device_id", device) }
            },
            Route(.get, path, permission: .dehydratedDeviceUse, audit: .reads) { _, session in
                .json(try await keys.dehydratedDevice(of: session.requester))
            },
            Route(.delete, path, permission: .dehydratedDeviceUse, audit: .writes(.deviceDelete)) { exchange, session in
                let device = try await keys.removeDehydratedDevice(by: session.requester, at: exchange.now)
                return .object { $0.member("device_id", device) }
            },
            Route(
                .post, path + "/{deviceId}/events", permission: .dehydratedDeviceUse,
                audit: .unrecorded(because: "it only reads; where to go on stands in the body")
            ) { exchange, session in
                let batch = try await exchange.bodyOrEmpty().optionalString("next_batch")
                return .json(
                    try await keys.dehydratedMessages(
                        to: exchange.path("deviceId"), after: batch, of: session.requester))
            },
        ]
    }
}
