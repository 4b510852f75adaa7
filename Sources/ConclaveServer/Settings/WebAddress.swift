import Foundation

/// The address under which clients reach the server, as a setting.
enum WebAddress {
    /// Why a text is no such address.
    struct Refusal: Error {
        /// What is wrong with it, to be read after it.
        let complaint: String
    }

    /// A base address to which clients append their paths, without a slash at its end.
    /// - Parameter allowingPlain: whether `http` will do.
    static func base(_ text: String, allowingPlain: Bool) throws(Refusal) -> String {
        guard let parts = URLComponents(string: text), let scheme = parts.scheme?.lowercased(),
            scheme == "https" || allowingPlain && scheme == "http"
        else { throw Refusal(complaint: "does not begin with https://.") }
        guard let host = parts.host, !host.isEmpty else { throw Refusal(complaint: "names no host.") }
        guard parts.user == nil, parts.password == nil, parts.query == nil, parts.fragment == nil else {
            throw Refusal(complaint: "must be a scheme, a host and perhaps a port and a path, nothing else.")
        }
        return String(text.reversed().drop { $0 == "/" }.reversed())
    }

    /// The address that a server name and a port suggest.
    static func standard(of serverName: String, port: Int) -> String {
        // A server name may bring its own port; then that is where clients look.
        let hasPort = serverName.hasSuffix("]") ? false : serverName.split(separator: ":").count > 1
        return "https://" + serverName + (hasPort || port == 443 ? "" : ":\(port)")
    }
}
