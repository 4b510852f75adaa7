import Foundation
import HTTPSurface
import Matrix
import Storage

/// What a person at the terminal gets to know when the server is ready.
package struct Banner: Sendable {
    private let composition: Composition
    private let ports: Doors.Ports
    private let setUpToken: String?
    private let elapsed: Duration

    /// The words for a server that is ready.
    init(_ composition: Composition, ports: Doors.Ports, setUpToken: String?, elapsed: Duration) {
        self.composition = composition
        self.ports = ports
        self.setUpToken = setUpToken
        self.elapsed = elapsed
    }

    /// As JSON on one line.
    package var json: String {
        let settings = composition.foundations.settings
        var writer = JSONWriter()
        writer.object { writer in
            writer.member("address", address)
            if let port = ports.tls { writer.member("port", port) }
            if let port = ports.plain { writer.member("plain_port", port) }
            if let port = ports.metrics { writer.member("metrics_port", port) }
            writer.member("server_name", settings.serverName)
            writer.member("data_dir", settings.dataDirectory)
            if let authority = composition.authorityPath { writer.member("authority", authority) }
            if let setUpToken { writer.member("setup_url", "\(address)/setup#\(setUpToken)") }
            writer.member("start_ms", elapsed.milliseconds)
        }
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    /// As words.
    package var text: String {
        let settings = composition.foundations.settings
        var rows = [("Address", address)]
        if let plain = ports.plain { rows.append(("Without TLS", "http://127.0.0.1:\(plain) (this machine only)")) }
        if let metrics = ports.metrics { rows.append(("Metrics", "http://127.0.0.1:\(metrics)/metrics")) }
        rows.append(("Server name", settings.serverName))
        rows.append(("Data", "\(settings.dataDirectory) (encrypted: \(composition.foundations.store.cipher.summary))"))
        rows.append(
            ("Master key", "\(composition.foundations.masterKeyPlace) (keep a copy elsewhere: without it the data is lost)"))
        if let authority = composition.authorityPath {
            rows.append(("Authority", "\(authority) (import it on devices that shall trust this server)"))
        }
        var text = "Conclave \(ConclaveVersion.current) is ready after \(elapsed.milliseconds) ms.\n\n"
        for (name, value) in rows { text += "  " + name.padding(toLength: 13, withPad: " ", startingAt: 0) + value + "\n" }
        if let setUpToken {
            text += "\nMake the first administrator here (works once, within 24 hours):\n"
            text += "  \(address)/setup#\(setUpToken)\n"
        }
        return text + "\nCtrl-C stops the server.\n"
    }

    private var address: String { composition.address.text }
}
