import Crypto
import Foundation
import Keys
import Storage

/// Finds the master key as the settings say.
enum MasterKeyPlace {
    /// The master key, made at the very first start.
    static func key(_ settings: Settings, environment: [String: String]) throws(StorageError) -> MasterKey {
        let directory = URL(filePath: settings.dataDirectory)
        return switch settings.masterKey {
        case .file: try Store.masterKey(from: keyFile(settings), for: directory)
        case .passphrase(let passphrase): try Store.masterKey(from: self.passphrase(passphrase, settings), for: directory)
        case .systemd: try Store.masterKey(from: systemd(environment), for: directory)
        }
    }

    /// The source, for what works with any of them.
    static func source(_ settings: Settings, environment: [String: String]) -> any MasterKeySource {
        switch settings.masterKey {
        case .file: keyFile(settings)
        case .passphrase(let passphrase): self.passphrase(passphrase, settings)
        case .systemd: systemd(environment)
        }
    }

    private static func keyFile(_ settings: Settings) -> KeyFile {
        KeyFile(path: path(settings), dataDirectory: settings.dataDirectory)
    }

    private static func passphrase(_ passphrase: Secret, _ settings: Settings) -> Passphrase {
        Passphrase(passphrase, saltPath: settings.configurationDirectory + "/" + name(settings, "salt"))
    }

    private static func systemd(_ environment: [String: String]) -> SystemdCredential {
        SystemdCredential(directory: environment["CREDENTIALS_DIRECTORY"])
    }

    private static func path(_ settings: Settings) -> String {
        if case .file(let path?) = settings.masterKey { return path }
        return settings.configurationDirectory + "/" + name(settings, "key")
    }

    /// `master.key` for the usual data directory, a name of its own for each other one.
    private static func name(_ settings: Settings, _ ending: String) -> String {
        if settings.usesStandardDataDirectory { return "master." + ending }
        let path = (settings.dataDirectory as NSString).standardizingPath
        return "master-" + Hex.encode(SHA256.hash(data: Data(path.utf8)).prefix(6)) + "." + ending
    }
}
