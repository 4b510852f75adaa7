extension Setting {
    /// Every setting there is, in the order of the reference.
    package static let all: [Setting] = [
        Setting(
            "config-file", .path, "",
            "The YAML file with settings. Empty: `conclave.yaml` in the configuration directory, if it exists."),
        Setting(
            "server-name", .text, "localhost",
            "The part after the colon in user IDs. Cannot be changed once the database exists."),
        Setting(
            "public-url", .text, "",
            "The address under which clients reach the server. Empty: `https://`, the server name and the port."),
        Setting(
            "data-dir", .path, "",
            "Where everything the server keeps lies, encrypted. Empty: `conclave` in the user's data directory."),
        Setting("address", .text, "127.0.0.1", "The address on which the TLS listener waits; `0.0.0.0` for all."),
        Setting("port", .port, "8448", "The port of the TLS listener."),
        Setting(
            "plain-address", .text, "127.0.0.1",
            "The address of the listener without TLS, for a reverse proxy on this machine. Loopback only."),
        Setting("plain-port", .port, "none", "The port of the listener without TLS."),

        Setting(
            "master-key.source", .choice(["file", "passphrase", "systemd"]), "file",
            "Where the master key comes from: a key file, a passphrase, or the systemd credential `conclave-master-key`."),
        Setting(
            "master-key.file", .path, "",
            "The key file. Empty: one for each data directory, in the configuration directory."),
        Setting(
            "master-key.passphrase", .text, "", secret: true,
            "The passphrase, when it is the source. Better given by environment than by flag."),

        Setting(
            "tls.certificate", .path, "",
            "Your own certificate chain (PEM). Empty: a certificate of the server's own local authority, renewed by itself."),
        Setting("tls.private-key", .path, "", "The private key (PEM) of your own certificate."),
        Setting(
            "tls.minimum-version", .choice(["1.3", "1.2"]), "1.3",
            "The oldest TLS version that is spoken. `1.2` is for old clients only; it is logged as a warning."),

        Setting(
            "registration.mode", .choice(["closed", "token", "open"]), "closed",
            "Who may make an account: nobody, holders of a registration token, everybody."),
        Setting(
            "registration.secret", .text, "", secret: true,
            "A shared secret that registers accounts as a registration token does. Test profile only."),
        Setting(
            "registration.guests", .flag, "false",
            "Give out guest accounts to whoever asks; they read and write only in rooms that admit guests."),
        Setting(
            "directory.users", .choice(["shared-rooms", "all"]), "shared-rooms",
            "Whom people find in the user directory: those with whom they share a room and those in public rooms, or everybody."),
        Setting("rooms.default-version", .choice(["10", "11", "12"]), "12", "The version of rooms that name none."),
        Setting(
            "rooms.encryption", .choice(["private", "off", "all"]), "private",
            "Which new rooms the server encrypts end to end without being asked, and what it advises clients. In the test profile `off` unless set."
        ),
        Setting(
            "rooms.require-encryption", .choice(["off", "private", "all"]), "off",
            "In which rooms the server refuses messages that it could read. `private`: in those that not everybody may join."),

        Setting(
            "push.include-content", .flag, "false",
            "Send events themselves to push gateways whose apps ask for it. Otherwise gateways get only IDs and counts."),
        Setting(
            "push.allow-addresses", .text, "",
            "Addresses and ranges (`10.1.2.0/24`), separated by commas, of push gateways inside your own network."),
        Setting(
            "push.mail-domains", .text, "",
            "Domains, separated by commas, to which notifications may be mailed. Empty: no notifications by mail."),
        Setting(
            "push.mail-names", .flag, "false",
            "Say in notification mails who wrote and in which room. Otherwise they say only how much is unread."),
        Setting(
            "push.mail-delay-seconds", .number(0...86_400), "600",
            "How long unread messages are collected before a notification mail is sent."),
        Setting("mail.host", .text, "", "The SMTP server that takes mail. Empty: no mail is sent."),
        Setting("mail.port", .number(1...65_535), "587", "The port of the SMTP server."),
        Setting(
            "mail.security", .choice(["starttls", "tls", "none"]), "starttls",
            "How the connection to the SMTP server is secured; `none` is for a relay on this machine and sends no password."),
        Setting("mail.user", .text, "", "The user at the SMTP server. Empty: it wants none."),
        Setting("mail.password", .text, "", secret: true, "The password at the SMTP server. Better given by environment."),
        Setting("mail.from", .text, "", "The address from which mail is sent, for instance `chat@example.org`."),
        Setting("mail.from-name", .text, "Conclave", "The name from which mail is sent."),
        Setting(
            "outgoing.authorities", .path, "",
            "Certificates (PEM) of authorities to trust besides the system's when the server connects to others."),

        Setting(
            "retention.default-days", .number(0...36_500), "0",
            "After how many days messages are deleted in rooms that say nothing themselves (`m.room.retention`); 0: never."),
        Setting(
            "retention.min-days", .number(0...36_500), "0",
            "No room keeps messages for less than this, whatever it says itself; 0: no bound."),
        Setting(
            "retention.max-days", .number(0...36_500), "0",
            "No room keeps messages for more than this, whatever it says itself; 0: no bound."),

        Setting("limits.connections", .number(1...1_000_000), "4096", "How many connections may be open at once."),
        Setting("limits.header-bytes", .number(4096...1_048_576), "32768", "The size of all header fields of a request."),
        Setting("limits.body-bytes", .number(65_536...1_048_576), "1048576", "The size of a request body in JSON."),
        Setting("limits.body-seconds", .number(1...3600), "30", "How long a request body may take to arrive."),
        Setting("limits.idle-seconds", .number(5...3600), "75", "After how long a silent connection is closed."),
        Setting("limits.handshake-seconds", .number(1...60), "10", "How long a TLS handshake may take."),
        Setting("limits.drain-seconds", .number(0...300), "10", "How long requests may take to finish when the server stops."),
        Setting("limits.requests-per-second", .number(1...1_000_000), "50", "Requests per person and second, for long."),
        Setting("limits.requests-burst", .number(1...1_000_000), "400", "Requests per person that may come at once."),
        Setting("limits.messages-per-second", .number(1...1_000_000), "10", "Events sent per person and second, for long."),
        Setting("limits.messages-burst", .number(1...1_000_000), "60", "Events per person that may come at once."),
        Setting("limits.sign-ins-per-minute", .number(1...1_000_000), "30", "Sign-ins and registrations per address and minute."),
        Setting(
            "limits.sign-ins-burst", .number(1...1_000_000), "20", "Sign-ins and registrations per address that may come at once."
        ),
        Setting(
            "media.max-upload-bytes", .number(1024...17_179_869_184), "104857600",
            "The size of a file that is uploaded; clients are told."),
        Setting(
            "media.quota-bytes", .number(0...1_125_899_906_842_624), "10737418240",
            "How much one person may keep in files. 0: no limit."),
        Setting(
            "media.retention-days", .number(0...36_500), "0",
            "After how many days a file is destroyed, with its key. 0: never."),
        Setting(
            "media.unused-hours", .number(1...720), "24",
            "How long an address that was reserved for a file waits for it."),
        Setting(
            "media.thumbnail-max-pixels", .number(1_000_000...500_000_000), "50000000",
            "Pixels of a picture, all frames together, of which thumbnails are made. Larger ones are refused before they are decoded."
        ),
        Setting(
            "media.scan.clamd", .text, "",
            "Where ClamAV's daemon listens: a socket's path, or `127.0.0.1:3310`. Files are examined before they are taken. Empty: they are not."
        ),
        Setting(
            "media.scan.required", .flag, "true",
            "Refuse files while the daemon gives no answer, also those that are too large for it."),
        Setting(
            "media.legacy-endpoints", .flag, "false",
            "Give files also to those who are not signed in, through the endpoints that Matrix 1.11 deprecates: whoever has an address can read it."
        ),

        Setting(
            "previews.enabled", .flag, "false",
            "Look at web pages for people who ask for a preview of a link. Pages then see the server's address, and the server sees the links."
        ),
        Setting(
            "previews.allow-addresses", .text, "",
            "Addresses and networks that previews may go to although they are not public, separated by commas, each with a port where it is not 80 or 443."
        ),

        Setting(
            "trust-forwarded-for", .flag, "false",
            "Believe `X-Forwarded-For` from peers on loopback. Only behind a reverse proxy that sets it."),

        Setting(
            "turn.uris", .text, "",
            "The TURN servers that calls go through, as `turn:turn.example.org:3478?transport=udp`, separated by spaces. Empty: none."
        ),
        Setting("turn.secret", .text, "", secret: true, "The secret shared with them (`static-auth-secret` of coturn)."),
        Setting("turn.ttl-seconds", .number(60...604_800), "86400", "How long credentials for the TURN servers last."),
        Setting(
            "support.matrix-id", .text, "",
            "The user ID at which people reach an administrator, published in `/.well-known/matrix/support`."),
        Setting("support.email", .text, "", "The e-mail address at which people reach an administrator, published likewise."),
        Setting("support.security-email", .text, "", "The e-mail address for reports about security, published likewise."),
        Setting("support.page", .text, "", "The page that helps people with this server, published likewise."),

        Setting(
            "log.level", .choice(["trace", "debug", "info", "notice", "warning", "error", "critical"]), "info",
            "The least severe lines that are logged."),
        Setting("metrics.port", .port, "9448", "The loopback port that answers `/metrics` for Prometheus."),
        Setting(
            "test-profile", .flag, "false",
            "For tests and benches: open registration, no rate limits. Refuses to listen on anything but loopback."),
    ]

    /// Variables with our prefix that are no settings of the server: the build reads them.
    static let foreignVariables: Set<String> = ["CONCLAVE_SQLITE_SDIST"]
}
