import Addresses
import ClientAPI
import Identity
import Keys
import Mail
import Matrix
import Media
import Push
import Rooms

extension Settings {
    /// Reads and checks the settings.
    /// - Parameters:
    ///   - flags: the flags after the name of the command.
    ///   - environment: the environment of the process.
    /// - Throws: every complaint at once.
    package static func read(flags: [String], environment: [String: String]) throws(SettingsError) -> Settings {
        let places = Places(environment: environment)
        let sources = SettingsSources(flags: flags, environment: environment, places: places)
        return try Settings(Values(table: try sources.read()), places)
    }

    /// Every setting with its value and where it came from, also when some of them are wrong.
    package static func report(flags: [String], environment: [String: String]) -> [Reported] {
        report(
            SettingsSources(flags: flags, environment: environment, places: Places(environment: environment)).examine().values)
    }

    private static func report(_ values: SettingsSources.Values) -> [Reported] {
        Setting.all.map { setting in
            let (value, origin) = values[setting.name] ?? ("", .standard)
            return Reported(setting: setting, value: setting.isSecret && !value.isEmpty ? "redacted" : value, origin: origin)
        }
    }

    /// The values of the table, by name.
    private struct Values {
        let table: SettingsSources.Values

        func text(_ name: String) -> String { table[name]?.value ?? "" }
        func path(_ name: String) -> String? { text(name).isEmpty ? nil : Places.expanded(text(name)) }
        func list(_ name: String) -> [String] {
            text(name).split(separator: ",").map { String($0.trimmingPrefix { $0 == " " }) }.map {
                String($0.reversed().drop { $0 == " " }.reversed())
            }.filter { !$0.isEmpty }
        }
        func flag(_ name: String) -> Bool { Setting.Kind.truth(of: text(name)) ?? false }
        func number(_ name: String) -> Int { Int(text(name)) ?? 0 }
        /// A number of which 0 means that there is none.
        func positive(_ name: String) -> Int64? { number(name) > 0 ? Int64(number(name)) : nil }
        func port(_ name: String) -> Int? { Int(text(name)) }
        func seconds(_ name: String) -> Duration { .seconds(number(name)) }
        /// An address to listen on; `localhost` is this machine, whatever a table of names says.
        func listening(_ name: String) -> String { text(name) == "localhost" ? "127.0.0.1" : text(name) }
        func isExplicit(_ name: String) -> Bool { table[name].map { $0.origin != .standard } ?? false }
    }

    private init(_ values: Values, _ places: Places) throws(SettingsError) {
        var complaints: [String] = []
        serverName = values.text("server-name")
        isServerNameGiven = values.isExplicit("server-name")
        dataDirectory = values.path("data-dir") ?? places.data
        usesStandardDataDirectory = dataDirectory == places.data
        configurationDirectory = places.configuration
        let listener = values.port("port").map { Endpoint(address: values.listening("address"), port: $0) }
        let plain = values.port("plain-port").map { Endpoint(address: values.listening("plain-address"), port: $0) }
        self.listener = listener
        plainListener = plain
        isTestProfile = values.flag("test-profile")
        // In the test profile the name may be anything, and the server is on this machine.
        let host = isTestProfile ? "localhost" : serverName
        publicURL = Self.publicURL(values, &complaints) ?? WebAddress.standard(of: host, port: listener?.port ?? 443)
        let passphrase = values.text("master-key.passphrase")
        switch values.text("master-key.source") {
        case "passphrase":
            if passphrase.isEmpty {
                complaints.append("master-key.source is 'passphrase', but master-key.passphrase is not set.")
            }
            masterKey = .passphrase(Secret(passphrase))
        case "systemd": masterKey = .systemd
        default: masterKey = .file(values.path("master-key.file"))
        }
        switch (values.path("tls.certificate"), values.path("tls.private-key")) {
        case (let chain?, let key?): certificateFiles = CertificateFiles(chain: chain, key: key)
        case (nil, nil): certificateFiles = nil
        default:
            certificateFiles = nil
            complaints.append("tls.certificate and tls.private-key belong together: set both or neither.")
        }
        allowsTLS12 = values.text("tls.minimum-version") == "1.2"
        registration = isTestProfile ? .open : Registration(rawValue: values.text("registration.mode")) ?? .closed
        let secret = values.text("registration.secret")
        registrationSecret = secret.isEmpty ? nil : Secret(secret)
        allowsGuests = values.flag("registration.guests")
        turn = Self.turn(values, &complaints)
        support = Self.support(values, &complaints)
        directoryReach = values.text("directory.users")
        roomVersion = values.text("rooms.default-version")
        push = Self.push(values, &complaints)
        mail = Self.mail(values, &complaints)
        authoritiesPath = values.path("outgoing.authorities")
        retention = Self.retention(values, &complaints)
        // Tests and benches speak without encryption unless they say otherwise.
        let encrypts = !isTestProfile || values.isExplicit("rooms.encryption")
        encryption = encrypts ? EncryptionScope(rawValue: values.text("rooms.encryption")) ?? .private : .off
        requiredEncryption = EncryptionScope(rawValue: values.text("rooms.require-encryption")) ?? .off
        limits = Limits(
            connections: values.number("limits.connections"), headerBytes: values.number("limits.header-bytes"),
            bodyBytes: values.number("limits.body-bytes"), body: values.seconds("limits.body-seconds"),
            idle: values.seconds("limits.idle-seconds"), handshake: values.seconds("limits.handshake-seconds"),
            drain: values.seconds("limits.drain-seconds"),
            requests: (Double(values.number("limits.requests-per-second")), Double(values.number("limits.requests-burst"))),
            messages: (Double(values.number("limits.messages-per-second")), Double(values.number("limits.messages-burst"))),
            signIns: (
                Double(values.number("limits.sign-ins-per-minute")) / 60, Double(values.number("limits.sign-ins-burst"))
            ))
        media = Files(
            maximumUpload: Int64(values.number("media.max-upload-bytes")),
            quota: values.positive("media.quota-bytes"), retentionDays: values.positive("media.retention-days"),
            unusedHours: Int64(values.number("media.unused-hours")), maximumPixels: values.number("media.thumbnail-max-pixels"),
            scanner: VirusScanner.Address(values.text("media.scan.clamd")), scanIsRequired: values.flag("media.scan.required"),
            isOpenToAll: values.flag("media.legacy-endpoints"))
        let allowed = AllowedAddresses(values.text("previews.allow-addresses"))
        previews = values.flag("previews.enabled") ? allowed ?? AllowedAddresses.none : nil
        trustsForwardedFor = values.flag("trust-forwarded-for")
        logLevel = values.text("log.level")
        metricsPortIsExplicit = values.isExplicit("metrics.port")
        metricsPort = isTestProfile && !metricsPortIsExplicit ? nil : values.port("metrics.port")
        report = Self.report(values.table)

        if let plain, !plain.isLoopback {
            complaints.append("plain-address is \(plain.address), but without TLS the server listens on loopback only.")
        }
        if isTestProfile, let listener, !listener.isLoopback {
            complaints.append("address is \(listener.address), but the test profile listens on loopback only.")
        }
        if !secret.isEmpty, !isTestProfile {
            complaints.append(
                "registration.secret is for the test profile only; use registration tokens ('conclave token create').")
        }
        if media.scanner == nil, !values.text("media.scan.clamd").isEmpty {
            complaints.append("media.scan.clamd is neither the path of a socket nor 127.0.0.1 with a port.")
        }
        if allowed == nil {
            complaints.append("previews.allow-addresses holds something that is neither an address nor a network.")
        }
        if listener == nil, plain == nil {
            complaints.append("port and plain-port are both 'none': nobody could reach the server.")
        }
        guard complaints.isEmpty else { throw SettingsError(complaints: complaints) }
    }

    private static func push(_ values: Values, _ complaints: inout [String]) -> PushWishes {
        var policy = PushPolicy()
        policy.includesContent = values.flag("push.include-content")
        policy.mailDomains = Set(values.list("push.mail-domains").map { $0.lowercased() })
        policy.mailNames = values.flag("push.mail-names")
        policy.mailDelay = Int64(values.number("push.mail-delay-seconds")) * 1_000
        var ranges: [NetworkRange] = []
        for text in values.list("push.allow-addresses") {
            guard let range = NetworkRange(text) else {
                complaints.append("push.allow-addresses: '\(text)' is neither an address nor a range such as 10.1.2.0/24.")
                continue
            }
            ranges.append(range)
        }
        policy.addresses = AddressRules(allowed: ranges)
        return PushWishes(policy: policy)
    }

    private static func mail(_ values: Values, _ complaints: inout [String]) -> MailWishes? {
        let host = values.text("mail.host")
        guard !host.isEmpty else {
            if !values.list("push.mail-domains").isEmpty {
                complaints.append("push.mail-domains is set, but mail.host is not: no mail could be sent.")
            }
            return nil
        }
        guard let sender = MailAddress(values.text("mail.from")) else {
            complaints.append("mail.from must be an address such as chat@example.org when mail.host is set.")
            return nil
        }
        let security = MailServer.Security(rawValue: values.text("mail.security")) ?? .startTLS
        let user = values.text("mail.user")
        if security == .none, !user.isEmpty {
            complaints.append("mail.user is set, but mail.security is 'none': a password is sent only over TLS.")
        }
        return MailWishes(
            host: host, port: values.number("mail.port"), security: security,
            credentials: user.isEmpty ? nil : (user, Secret(values.text("mail.password"))), sender: sender,
            senderName: values.text("mail.from-name"))
    }

    private static func retention(_ values: Values, _ complaints: inout [String]) -> RetentionPolicy {
        func days(_ name: String) -> Int64? { values.number(name) == 0 ? nil : Int64(values.number(name)) * 86_400_000 }
        let policy = RetentionPolicy(
            usual: days("retention.default-days"), least: days("retention.min-days"), most: days("retention.max-days"))
        if let least = policy.least, let most = policy.most, least > most {
            complaints.append("retention.min-days is more than retention.max-days.")
        }
        return policy
    }

    private static func turn(_ values: Values, _ complaints: inout [String]) -> TurnServer? {
        let uris = values.text("turn.uris").split(separator: " ").map(String.init)
        let secret = values.text("turn.secret")
        guard !uris.isEmpty else { return nil }
        for uri in uris where !uri.hasPrefix("turn:") && !uri.hasPrefix("turns:") {
            complaints.append("turn.uris has \(uri), which begins neither with 'turn:' nor with 'turns:'.")
        }
        if secret.isEmpty { complaints.append("turn.uris is set, but turn.secret is not.") }
        return TurnServer(uris: uris, secret: Secret(secret), lifetime: Int64(values.number("turn.ttl-seconds")))
    }

    private static func support(_ values: Values, _ complaints: inout [String]) -> SupportContacts {
        func text(_ name: String) -> String? { values.text(name).isEmpty ? nil : values.text(name) }
        let matrixID = text("support.matrix-id")
        let page = text("support.page")
        var user: UserID?
        if let matrixID {
            do { user = try UserID(parsing: matrixID) } catch {
                complaints.append("support.matrix-id is \(matrixID), which is no user ID.")
            }
        }
        if let page, !page.hasPrefix("https://") { complaints.append("support.page is \(page), which is no https address.") }
        return SupportContacts(
            matrixID: user, email: text("support.email"), securityEmail: text("support.security-email"), page: page)
    }

    private static func publicURL(_ values: Values, _ complaints: inout [String]) -> String? {
        let text = values.text("public-url")
        guard !text.isEmpty else { return nil }
        do { return try WebAddress.base(text, allowingPlain: values.flag("test-profile")) } catch {
            complaints.append("public-url: '\(text)' \(error.complaint)")
            return nil
        }
    }
}
