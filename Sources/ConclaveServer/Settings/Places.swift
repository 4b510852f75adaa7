import Foundation

/// Where the server keeps its things when no setting says otherwise.
package struct Places: Sendable, Equatable {
    /// The directory of settings and key files, apart from the data.
    package let configuration: String
    /// The directory of the data.
    package let data: String

    /// The places for an environment: systemd's directories, else those of the XDG base directory specification.
    package init(environment: [String: String]) {
        let home = environment["HOME"].flatMap { $0.isEmpty ? nil : $0 } ?? NSHomeDirectory()
        configuration =
            environment["CONFIGURATION_DIRECTORY"]
            ?? Self.under(environment["XDG_CONFIG_HOME"], or: home + "/.config")
        data = environment["STATE_DIRECTORY"] ?? Self.under(environment["XDG_DATA_HOME"], or: home + "/.local/share")
    }

    private static func under(_ directory: String?, or standard: String) -> String {
        // The specification says that a relative path there is to be ignored.
        (directory.flatMap { $0.hasPrefix("/") ? $0 : nil } ?? standard) + "/conclave"
    }

    /// A path with `~/` replaced and made absolute.
    static func expanded(_ path: String) -> String {
        let full = (path as NSString).expandingTildeInPath
        return full.hasPrefix("/") ? full : FileManager.default.currentDirectoryPath + "/" + full
    }
}
