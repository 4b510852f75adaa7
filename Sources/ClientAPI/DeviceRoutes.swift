import Access
import Audit
import HTTPSurface
import HTTPTypes
import Identity
import Matrix

extension ClientRoutes {
    /// One's own devices.
    static func devices(_ services: ClientServices) -> [Route] {
        let accounts = services.accounts
        let one = "/_matrix/client/v3/devices/{deviceId}"
        return [
            Route(.get, "/_matrix/client/v3/devices", permission: .deviceRead, audit: .reads) { _, session in
                let devices = try await accounts.devices(of: session.requester)
                return .object { answer in
                    answer.memberArray("devices") { list in
                        for device in devices { list.object { $0.members(of: device) } }
                    }
                }
            },
            Route(.get, one, permission: .deviceRead, audit: .reads) { exchange, session in
                let device = try await accounts.device(try exchange.path("deviceId"), of: session.requester)
                return .object { $0.members(of: device) }
            },
            Route(.put, one, permission: .deviceUpdate, audit: .writes(.deviceUpdate)) { exchange, session in
                let name = try await exchange.body().optionalString("display_name")
                try await accounts.renameDevice(try exchange.path("deviceId"), to: name, by: session.requester)
                return .empty
            },
            Route(
                .delete, one, permission: .deviceDelete, audit: .writes(.deviceDelete), rate: .credential
            ) { exchange, session in
                let device = try exchange.path("deviceId")
                let request = try accounts.interactiveRequest(
                    try await exchange.bodyOrEmpty(), for: InteractiveOperation("DELETE /devices/\(device)", session),
                    flows: [[.password]])
                return try await delete([device], request, exchange, session, accounts)
            },
            Route(
                .post, "/_matrix/client/v3/delete_devices", permission: .deviceDelete, audit: .writes(.deviceDelete),
                rate: .credential
            ) { exchange, session in
                let request = try accounts.interactiveRequest(
                    try await exchange.body(), for: InteractiveOperation("POST /delete_devices", session),
                    flows: [[.password]])
                guard let devices = try request.parameters.optionalStrings("devices") else {
                    throw MatrixError.missingParam("devices is missing")
                }
                return try await delete(devices, request, exchange, session, accounts)
            },
        ]
    }

    private static func delete(
        _ devices: [String], _ request: InteractiveRequest, _ exchange: Exchange, _ session: Session, _ accounts: Accounts
    ) async throws -> Reply {
        try await challenging {
            let authorisation = try await accounts.authorise(request, session: session, from: exchange.origin)
            try await accounts.deleteDevices(devices, authorisation, by: session.requester)
            return .empty
        }
    }
}

extension JSONWriter {
    /// The members of a device as its owner sees it.
    fileprivate mutating func members(of device: Device) {
        member("device_id", device.id)
        if let name = device.displayName { member("display_name", name) }
        if let address = device.lastSeenAddress, !address.isEmpty { member("last_seen_ip", address) }
        if let time = device.lastSeenAt { member("last_seen_ts", time) }
    }
}
