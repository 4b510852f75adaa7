import ClientAPI
import EndToEnd
import Foundation
import HTTPSurface
import Identity
import Logging
import Mail
import Matrix
import Media
import Push
import Rooms
import Search
import Storage
import Sync

/// The server put together: every part is made here, once, and handed to those who need it.
package struct Composition: Sendable {
    /// The open store and the accounts.
    package let foundations: Foundations
    /// Answers requests.
    package let surface: Surface
    /// The certificate of the TLS listener.
    let certificate: ServerCertificate
    /// The clocks of long polls, typing and presence.
    let engine: SyncEngine
    /// Tells pushers.
    let push: PushService
    /// Keys of devices and messages to them.
    let keys: KeyServer
    /// Looks people up.
    let directory: UserDirectory
    /// Wakes long polls.
    let hub: StreamHub
    /// Files.
    let media: MediaRepository
    /// What people and commands do with rooms.
    let rooms: RoomActions
    /// Whether requests are taken.
    let readiness: Readiness
    /// Where clients reach the server.
    let address: PublicAddress
    /// Where the authority's certificate lies; nil with one's own certificate.
    let authorityPath: String?

    /// Puts the server together over open data.
    package init(_ foundations: Foundations, now: @escaping @Sendable () -> Int64) async throws {
        let settings = foundations.settings
        let store = foundations.store
        let accounts = foundations.accounts

        let hub = StreamHub(position: try await store.read { tx in try tx.position() }, serial: now())
        let cache = EventCache()
        let rooms = RoomActions(
            store: store, serverName: foundations.serverName, signer: foundations.signer, hub: hub, cache: cache,
            defaultVersion: RoomVersion(rawValue: settings.roomVersion) ?? .v12, personal: .accountData,
            encryption: EncryptionPolicy(
                byDefault: .init(rawValue: settings.encryption.rawValue) ?? .private,
                required: .init(rawValue: settings.requiredEncryption.rawValue) ?? .off),
            guests: { people, tx in try Accounts.guests(among: people, tx) })
        let keys = KeyServer(
            serverName: foundations.serverName, store: store, hub: hub,
            devices: KnownDevices(identifiers: accounts.deviceIdentifiers, names: accounts.deviceNames))
        accounts.watchDevices(
            DeviceWatch(appears: keys.checkNewDevice, renamed: keys.rename, removed: keys.remove, deactivated: keys.removeAll))
        let counts = UnreadCounts()
        let engine = SyncEngine(store: store, hub: hub, cache: cache, keys: keys, unread: counts, now: now)
        let address = PublicAddress(settings)
        let authorities = try settings.authorities()
        let push = PushService(
            store: store, hub: hub, cache: cache, counts: counts, policy: settings.push.policy,
            mailer: settings.mail.map { Mailer(MailServer($0, authorities: authorities)) }, authorities: authorities,
            logger: Logger(label: "conclave.push"), now: now, address: { address.text })
        accounts.onSessionsEnded { ended in
            hub.endSession(user: ended.user, device: ended.device)
            engine.forgetConnections(of: ended.user, device: ended.device)
        }
        accounts.onInterrupted { user in hub.release(user: user) }

        let media = try MediaRepository(
            store: store, serverName: foundations.serverName, directory: settings.dataDirectory + "/media",
            policy: MediaPolicy(settings.media), imageProgram: ImageProgram(settings.media),
            scanner: settings.media.scanner.map { VirusScanner($0, isRequired: settings.media.scanIsRequired) })
        let directory = UserDirectory(
            store: store, cache: cache, reach: UserDirectory.Reach(rawValue: settings.directoryReach) ?? .sharedRooms)
        let readiness = Readiness()
        let services = ClientServices(
            serverName: foundations.serverName, store: store, accounts: accounts, rooms: rooms, keys: keys, sync: engine,
            search: EventSearch(store: store, cache: cache), directory: directory, media: media,
            previews: try settings.previews.map { try Previews(repository: media, resolver: .system(), allowed: $0) },
            pushers: push.pushers)
        let table = try RouteTable(
            ClientRoutes.all(services)
                + ClientRoutes.wellKnown(
                    publicURL: { address.text }, encrypts: rooms.encryption.encryptsPrivateRooms, support: settings.support)
                + SetupRoutes.all(accounts) { address.text } + readiness.routes(store))
        let gate = Gate(limits: Self.limits(settings), store: store, now: now) { token, origin, lockedToo in
            try await accounts.authenticate(token: token, origin: origin, lockedToo: lockedToo)
        }

        let local = LocalCertificates(
            directory: settings.dataDirectory + "/tls", names: CertificateNames(serverName: settings.serverName),
            sealingKey: store.purposeKey("tls private keys"))
        let source = settings.certificateFiles.map(CertificateSource.files) ?? .local(local)

        self.foundations = foundations
        surface = Surface(table, gate: gate)
        certificate = try ServerCertificate(source, now: Timestamp.date(now()))
        authorityPath = settings.certificateFiles == nil ? local.authorityPath : nil
        self.address = address
        self.engine = engine
        self.push = push
        self.keys = keys
        self.hub = hub
        self.media = media
        self.rooms = rooms
        self.directory = directory
        self.readiness = readiness
    }

    private static func limits(_ settings: Settings) -> SurfaceLimits {
        let limits = settings.limits
        func rate(_ rate: (perSecond: Double, burst: Double)) -> SurfaceLimits.Allowance {
            SurfaceLimits.Allowance(perSecond: rate.perSecond, burst: rate.burst)
        }
        return SurfaceLimits(
            bodyBytes: limits.bodyBytes, bodyDeadline: limits.body,
            rates: settings.isTestProfile
                ? [:]
                : [.general: rate(limits.requests), .message: rate(limits.messages), .credential: rate(limits.signIns)],
            trustsForwardedFor: settings.trustsForwardedFor)
    }
}
