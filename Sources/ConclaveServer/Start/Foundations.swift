import Audit
import EndToEnd
import Foundation
import Identity
import Keys
import Logging
import Matrix
import Media
import Push
import Rooms
import Search
import Storage
import Sync

/// What every command that works on the data needs: the open store and the accounts in it.
package struct Foundations: Sendable {
    /// The settings.
    package let settings: Settings
    /// The name of the server.
    package let serverName: ServerName
    /// The one door to the database.
    package let store: Store
    /// Accounts, devices, sessions.
    package let accounts: Accounts
    /// Signs events.
    let signer: EventSigner
    /// The environment of the process.
    let environment: [String: String]

    /// Opens the data, making what a first start needs.
    /// - Parameters:
    ///   - adoptsServerName: whether the name in the data counts when no setting says one: for commands.
    ///   - makesData: whether data that are not there are made; a look at what is not there must not find something sound.
    /// - Throws: `StorageError`, `KeyError`, or a sentence about the server name.
    package static func open(
        _ settings: Settings, environment: [String: String], adoptsServerName: Bool = false,
        makesData: Bool = true, now: @escaping @Sendable () -> Int64
    ) async throws -> Foundations {
        let wanted = try ServerName(parsing: settings.serverName)
        let directory = URL(filePath: settings.dataDirectory)
        guard makesData || DataFiles(directory).exist else {
            throw Failure(
                sentence: "There are no data of a server in \(settings.dataDirectory). Name their directory with --data-dir.",
                exitCode: 66)
        }
        let key = try MasterKeyPlace.key(settings, environment: environment)
        var options = Store.Options(
            directory: directory, masterKey: key, migrations: migrations,
            logger: Logger(label: "conclave.storage"), now: now)
        options.holdings = holdings
        let store = try Store.open(options)
        // A directory that somebody made by hand may be open to others.
        chmod(settings.dataDirectory, 0o700)
        do {
            let adopts = adoptsServerName && !settings.isServerNameGiven
            let serverName = try await ServerRecords.settle(wanted, adopts: adopts, in: store)
            return Foundations(
                settings: settings, serverName: serverName, store: store,
                accounts: Accounts(store: store, serverName: serverName, policy: policy(settings), time: now),
                signer: try await ServerRecords.signer(for: serverName, in: store), environment: environment)
        } catch {
            await store.close()
            throw error
        }
    }

    /// Where the master key comes from, in words.
    var masterKeyPlace: String { MasterKeyPlace.source(settings, environment: environment).place }

    /// The schemas of all targets, in the order of their layers.
    package static var migrations: [Migration] {
        AuditLog.schema + IdentitySchema.migrations + RoomsSchema.migrations + EndToEndSchema.migrations
            + SyncSchema.migrations + MediaSchema.migrations + PushersSchema.migrations + SearchSchema.migrations
            + ServerRecords.migrations
    }

    /// What the tables of all targets hold of rooms, people and events, in the order of their layers.
    package static var holdings: [Holding] {
        Store.holdings + IdentitySchema.holdings + RoomsSchema.holdings + EndToEndSchema.holdings
            + SyncSchema.holdings + MediaSchema.holdings + PushersSchema.holdings + SearchSchema.holdings
    }

    private static func policy(_ settings: Settings) -> IdentityPolicy {
        var policy = IdentityPolicy()
        policy.registration = .init(rawValue: settings.registration.rawValue) ?? .closed
        policy.registrationSecret = settings.registrationSecret?.key
        policy.allowsGuests = settings.allowsGuests
        policy.turn = settings.turn
        policy.throttlesSignIn = !settings.isTestProfile
        return policy
    }
}
