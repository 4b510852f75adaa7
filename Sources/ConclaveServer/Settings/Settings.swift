import ClientAPI
import Identity
import Keys
import Media
import Rooms

/// The settings of a server, checked against each other. What is here is valid.
package struct Settings: Sendable {
    /// The part after the colon in user IDs.
    package let serverName: String
    /// Whether somebody said it.
    package let isServerNameGiven: Bool
    /// The address under which clients reach the server.
    package let publicURL: String
    /// Where the data lies.
    package let dataDirectory: String
    /// Whether that is the usual place.
    package let usesStandardDataDirectory: Bool
    /// The directory of settings and key files.
    package let configurationDirectory: String
    /// The TLS listener; nil when it is switched off.
    package let listener: Endpoint?
    /// The listener without TLS.
    package let plainListener: Endpoint?
    /// Where the master key comes from.
    package let masterKey: MasterKeyChoice
    /// The certificate files, when they are one's own.
    package let certificateFiles: CertificateFiles?
    /// Whether TLS 1.2 is spoken too.
    package let allowsTLS12: Bool
    /// Who may make an account.
    package let registration: Registration
    /// The shared secret of tests.
    package let registrationSecret: Secret?
    /// Whether guest accounts are given out.
    package let allowsGuests: Bool
    /// The servers that calls go through.
    package let turn: TurnServer?
    /// Where people find help.
    package let support: SupportContacts
    /// Whom people find in the user directory.
    package let directoryReach: String
    /// The version of rooms that name none.
    package let roomVersion: String
    /// What pushers may do.
    package let push: PushWishes
    /// Where mail is handed in; nil when none is sent.
    package let mail: MailWishes?
    /// Certificates of authorities that are trusted besides the system's.
    package let authoritiesPath: String?
    /// How long rooms keep messages.
    package let retention: RetentionPolicy
    /// Which rooms are encrypted without being asked for, and in which messages have to be.
    package let encryption, requiredEncryption: EncryptionScope
    /// Bounds.
    package let limits: Limits
    /// What is done with files.
    package let media: Files
    /// Addresses that previews may go to besides public ones; nil where there are no previews.
    package let previews: AllowedAddresses?
    /// Whether `X-Forwarded-For` is believed.
    package let trustsForwardedFor: Bool
    /// The least severe lines that are logged.
    package let logLevel: String
    /// The port that answers `/metrics`.
    package let metricsPort: Int?
    /// Whether the port for metrics was asked for, so that it must be there.
    package let metricsPortIsExplicit: Bool
    /// For tests and benches.
    package let isTestProfile: Bool
    /// Every setting with its value and where it came from, for `doctor`.
    package let report: [Reported]

    /// An address and a port.
    package struct Endpoint: Sendable, Equatable {
        /// The address, a number or a name.
        package let address: String
        /// The port; 0 for any.
        package let port: Int
        /// Whether only this machine reaches it.
        package var isLoopback: Bool {
            // Only numbers are believed: a name may lead anywhere.
            address == "::1" || address.hasPrefix("127.") && CertificateNames.address(address) != nil
        }
    }

    /// Where the master key comes from.
    package enum MasterKeyChoice: Sendable {
        /// A key file; nil for the one of the data directory.
        case file(String?)
        /// A passphrase.
        case passphrase(Secret)
        /// The credential that systemd hands over.
        case systemd
    }

    /// A certificate chain and its private key.
    package struct CertificateFiles: Sendable, Equatable {
        /// The chain, PEM.
        package let chain: String
        /// The private key, PEM.
        package let key: String
    }

    /// Who may make an account.
    package enum Registration: String, Sendable {
        /// Nobody.
        case closed
        /// Holders of a registration token.
        case token
        /// Everybody.
        case open
    }

    /// Which rooms an encryption setting holds for.
    package enum EncryptionScope: String, Sendable {
        /// None, those that not everybody may join, all.
        case off, `private`, all
    }

    /// What is done with files.
    package struct Files: Sendable {
        /// Bytes of one file.
        package let maximumUpload: Int64
        /// Bytes that one person may keep; nil for no limit.
        package let quota: Int64?
        /// Days after which a file is destroyed; nil for never.
        package let retentionDays: Int64?
        /// Hours for which a reserved address waits.
        package let unusedHours: Int64
        /// Pixels of a picture of which a thumbnail is made.
        package let maximumPixels: Int
        /// Where the virus scanner listens; nil where there is none.
        package let scanner: VirusScanner.Address?
        /// Whether files are refused while the scanner gives no answer.
        package let scanIsRequired: Bool
        /// Whether files are given to everybody who has their address.
        package let isOpenToAll: Bool
    }

    /// One line of the report.
    package struct Reported: Sendable {
        /// The setting.
        package let setting: Setting
        /// Its value; secrets are masked.
        package let value: String
        /// Where it came from.
        package let origin: SettingsSources.Origin
    }

    /// Bounds on what clients may do.
    package struct Limits: Sendable {
        /// Connections at once.
        package let connections: Int
        /// Bytes of all header fields.
        package let headerBytes: Int
        /// Bytes of a body.
        package let bodyBytes: Int
        /// Time for a body.
        package let body: Duration
        /// Time after which a silent connection is closed.
        package let idle: Duration
        /// Time for a TLS handshake.
        package let handshake: Duration
        /// Time for requests to finish when the server stops.
        package let drain: Duration
        /// Rates, as (per second, burst): general, messages, sign-ins.
        package let requests, messages, signIns: (perSecond: Double, burst: Double)
    }
}
