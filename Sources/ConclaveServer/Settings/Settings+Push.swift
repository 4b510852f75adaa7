import Keys
import Mail
import NIOSSL
import Push

extension Settings {
    /// What pushers may do.
    package struct PushWishes: Sendable {
        /// What the service follows.
        package let policy: PushPolicy
    }

    /// Where mail is handed in.
    package struct MailWishes: Sendable {
        /// The server and its port.
        package let host: String, port: Int
        /// How the connection is secured.
        package let security: MailServer.Security
        /// The user and password; nil where the server wants none.
        package let credentials: (user: String, password: Secret)?
        /// The sender's address and name.
        package let sender: MailAddress, senderName: String
    }

    /// The certificates of authorities that are trusted besides the system's.
    /// - Throws: a sentence when the file cannot be read.
    func authorities() throws -> [NIOSSLCertificate] {
        guard let path = authoritiesPath else { return [] }
        do { return try NIOSSLCertificate.fromPEMFile(path) } catch {
            throw SettingsError(complaints: ["outgoing.authorities: \(path) holds no certificates that can be read."])
        }
    }
}

extension MailServer {
    /// The server that the settings name.
    init(_ wishes: Settings.MailWishes, authorities: [NIOSSLCertificate]) {
        self.init(
            host: wishes.host, port: wishes.port, security: wishes.security,
            credentials: wishes.credentials.map { user, password in
                Credentials(user: user, password: password.withBytes { String(decoding: $0, as: UTF8.self) })
            },
            sender: wishes.sender, senderName: wishes.senderName, authorities: authorities)
    }
}
