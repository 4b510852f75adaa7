import NIOSSL

/// Where mail is handed in, and as whom.
package struct MailServer: Sendable {
    /// How the connection is secured.
    package enum Security: String, Sendable {
        /// TLS from the first byte.
        case tls
        /// TLS after the greeting; a server that does not offer it is refused.
        case startTLS = "starttls"
        /// Not at all: for a relay on this machine.
        case none
    }

    /// The name of the server.
    package let host: String
    /// Its port.
    package let port: Int
    /// How the connection is secured.
    package let security: Security
    /// The user and password, where the server wants them; they are sent only over TLS.
    package let credentials: Credentials?
    /// From whom messages are.
    package let sender: MailAddress
    /// How the sender is called.
    package let senderName: String
    /// Certificates of authorities to trust besides the system's.
    package let authorities: [NIOSSLCertificate]

    /// A user and a password. Never printed.
    package struct Credentials: Sendable, CustomStringConvertible {
        let user: String
        let password: String

        /// A user and a password.
        package init(user: String, password: String) {
            self.user = user
            self.password = password
        }

        /// Not what it holds.
        package var description: String { "redacted" }
    }

    /// A server of its parts.
    package init(
        host: String, port: Int, security: Security, credentials: Credentials?, sender: MailAddress, senderName: String,
        authorities: [NIOSSLCertificate] = []
    ) {
        self.host = host
        self.port = port
        self.security = security
        self.credentials = credentials
        self.sender = sender
        self.senderName = senderName
        self.authorities = authorities
    }
}

/// Why a message could not be handed in. Says nothing of its text or recipient.
package enum MailError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The server could not be reached, or the connection broke.
    case connection(String)
    /// The server took too long.
    case timeout
    /// The server said no; the code is that of the reply. 4xx may be tried again, 5xx not.
    case refused(code: Int, step: String)
    /// The server does not do what is needed, for instance TLS.
    case unsupported(String)
    /// What the server says is not SMTP.
    case nonsense

    /// Whether the same message may go through later.
    package var isTemporary: Bool {
        switch self {
        case .connection, .timeout: true
        case .refused(let code, _): code / 100 == 4
        case .unsupported, .nonsense: false
        }
    }

    /// The sentence for the log.
    package var description: String {
        switch self {
        case .connection(let why): "no connection to the mail server: \(why)"
        case .timeout: "the mail server took too long"
        case .refused(let code, let step): "the mail server refused \(step) with \(code)"
        case .unsupported(let what): "the mail server does not offer \(what)"
        case .nonsense: "the mail server does not speak SMTP"
        }
    }
}
