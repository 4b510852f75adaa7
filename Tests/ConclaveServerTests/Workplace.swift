import ConclaveServer
import Foundation
import Glibc

/// A place of one test's own: a home directory that goes when the test is over.
final class Workplace: Sendable {
    let home: String

    init() {
        home = NSTemporaryDirectory() + "conclave-test-" + UUID().uuidString
        mkdir(home, 0o700)
    }

    deinit { try? FileManager.default.removeItem(atPath: home) }

    var environment: [String: String] { ["HOME": home] }
    var data: String { home + "/data" }

    /// The settings of a server on ports that the system chooses.
    func settings(_ flags: String...) throws -> Settings {
        try Settings.read(
            flags: ["--data-dir", data, "--port", "0", "--metrics-port", "none"] + flags, environment: environment)
    }

    func write(_ text: String, to name: String) throws -> String {
        let path = home + "/" + name
        try Data(text.utf8).write(to: URL(filePath: path))
        return path
    }

    /// The permissions of a file.
    func mode(_ path: String) -> Int {
        let attributes = try? FileManager.default.attributesOfItem(atPath: path)
        return ((attributes?[.posixPermissions] as? NSNumber)?.intValue ?? 0) & 0o777
    }

    func bytes(_ path: String) -> Data { FileManager.default.contents(atPath: path) ?? Data() }
}
