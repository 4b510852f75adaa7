import Access
import Audit
import EndToEnd
import HTTPSurface
import HTTPTypes
import Identity
import Matrix

extension ClientRoutes {
    /// Backups of one's own room keys.
    static func keyBackups(_ services: ClientServices) -> [Route] { backupVersions(services) + backedUpKeys(services) }

    private static func backupVersions(_ services: ClientServices) -> [Route] {
        let keys = services.keys
        let all = "/_matrix/client/v3/room_keys/version"
        let one = all + "/{version}"
        return [
            Route(.post, all, permission: .keyBackupUse, audit: .writes(.keyBackup)) { exchange, session in
                let setting = try BackupSetting(parsing: try await exchange.body())
                let version = try await keys.createBackup(setting, by: session.requester, at: exchange.now)
                return .object { $0.member("version", version.text) }
            },
            Route(.get, all, permission: .keyBackupUse, audit: .reads) { _, session in
                .json(try await keys.backup(nil, of: session.requester))
            },
            Route(.get, one, permission: .keyBackupUse, audit: .reads) { exchange, session in
                .json(try await keys.backup(BackupVersion(exchange.path("version")), of: session.requester))
            },
            Route(.put, one, permission: .keyBackupUse, audit: .writes(.keyBackup)) { exchange, session in
                let body = try await exchange.body()
                let version = try exchange.path("version")
                guard try body.optionalString("version").map({ $0 == version }) ?? true else {
                    throw MatrixError.invalidParam("the version in the body is another one than in the path")
                }
                try await keys.updateBackup(
                    BackupVersion(version), to: try BackupSetting(parsing: body), by: session.requester, at: exchange.now)
                return .empty
            },
            Route(.delete, one, permission: .keyBackupUse, audit: .writes(.keyBackup)) { exchange, session in
                try await keys.deleteBackup(
                    BackupVersion(exchange.path("version")), by: session.requester, at: exchange.now)
                return .empty
            },
        ]
    }

    private static func backedUpKeys(_ services: ClientServices) -> [Route] {
        let all = "/_matrix/client/v3/room_keys/keys"
        let room = all + "/{roomId}"
        let one = room + "/{sessionId}"
        return
            backedUpKeys(all, services, { _ in .all }) { try BackupItem.all(inRooms: $1) }
            + backedUpKeys(room, services, { .room(try $0.path("roomId")) }) { exchange, body in
                try BackupItem.all(inSessions: body, of: exchange.path("roomId"))
            }
            + backedUpKeys(
                one, services, { .session(room: try $0.path("roomId"), session: try $0.path("sessionId")) }
            ) { exchange, body in
                [
                    try BackupItem(
                        room: exchange.path("roomId"), session: exchange.path("sessionId"),
                        key: try BackedUpKey(parsing: body))
                ]
            }
    }

    /// Putting, getting and deleting keys at one of the three paths.
    private static func backedUpKeys(
        _ path: String, _ services: ClientServices,
        _ selection: @escaping @Sendable (Exchange) throws -> BackupSelection,
        _ items: @escaping @Sendable (Exchange, JSON) throws -> [BackupItem]
    ) -> [Route] {
        let keys = services.keys
        let version: @Sendable (Exchange) throws -> BackupVersion = { exchange in
            guard let version = exchange.query("version") else { throw MatrixError.missingParam("version is missing") }
            return BackupVersion(version)
        }
        return [
            Route(.put, path, permission: .keyBackupUse, audit: .writes(.keyBackup)) { exchange, session in
                let version = try version(exchange)
                let items = try items(exchange, try await exchange.body())
                return .json(try await keys.backUp(items, in: version, by: session.requester, at: exchange.now))
            },
            Route(.get, path, permission: .keyBackupUse, audit: .reads) { exchange, session in
                .json(try await keys.backedUp(try selection(exchange), in: try version(exchange), of: session.requester))
            },
            Route(.delete, path, permission: .keyBackupUse, audit: .writes(.keyBackup)) { exchange, session in
                .json(
                    try await keys.deleteBackedUp(
                        try selection(exchange), in: try version(exchange), by: session.requester, at: exchange.now))
            },
        ]
    }
}
