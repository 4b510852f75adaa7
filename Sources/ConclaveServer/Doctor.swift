import Foundation
import Keys
import Media
import NIOSSL
import Storage

/// Says what is wrong with a server and how to mend it. Changes nothing.
package struct Doctor: Sendable {
    /// What was found in one place.
    package struct Finding: Codable, Sendable {
        /// How bad it is.
        package enum State: String, Codable, Sendable { case ok, warning, error }

        /// What was looked at.
        package let subject: String
        /// How it is.
        package let state: State
        /// What was found and, where something is wrong, how to mend it.
        package let sentence: String
    }

    private let flags: [String]
    private let environment: [String: String]
    private let now: @Sendable () -> Int64

    /// A doctor for the settings that these flags and this environment make.
    package init(flags: [String], environment: [String: String], now: @escaping @Sendable () -> Int64 = Serving.systemTime) {
        self.flags = flags
        self.environment = environment
        self.now = now
    }

    /// Every setting with its value and where it came from.
    package var settings: [Settings.Reported] { Settings.report(flags: flags, environment: environment) }

    /// Looks everywhere.
    package func examine() -> [Finding] {
        let settings: Settings
        do { settings = try Settings.read(flags: flags, environment: environment) } catch {
            return error.complaints.map { Finding(subject: "settings", state: .error, sentence: $0) }
        }
        let running = runningServer(settings)
        var findings = [Finding(subject: "settings", state: .ok, sentence: "All settings are valid.")]
        findings += risks(settings)
        findings.append(running)
        findings += searchIndex(settings)
        findings.append(dataDirectory(settings))
        findings.append(masterKey(settings))
        findings += database(settings, isRunning: running.sentence.hasPrefix("The server is running"))
        findings.append(certificate(settings))
        if !running.sentence.hasPrefix("The server is running") { findings += ports(settings) }
        findings.append(freeSpace(settings))
        findings.append(openFiles(settings))
        findings.append(thumbnails)
        return findings
    }

    private func risks(_ settings: Settings) -> [Finding] {
        var findings: [Finding] = []
        func warn(_ sentence: String) { findings.append(Finding(subject: "settings", state: .warning, sentence: sentence)) }
        if settings.isTestProfile {
            warn("test-profile is on: everybody on this machine can make accounts. Take it away for real conversations.")
        }
        if settings.allowsTLS12 { warn("tls.minimum-version is 1.2. Set it back to 1.3 when the old clients are gone.") }
        if settings.registration == .open, !settings.isTestProfile {
            warn("registration.mode is open: everybody who reaches the server can make an account.")
        }
        if settings.media.isOpenToAll {
            warn("media.legacy-endpoints is on: whoever has the address of a file can read it without signing in.")
        }
        if settings.media.scanner != nil, !settings.media.scanIsRequired {
            warn("media.scan.required is off: files are taken unexamined while the virus scanner gives no answer.")
        }
        return findings
    }

    private var thumbnails: Finding {
        guard let path = ImageProgram.path, access(path, X_OK) == 0 else {
            return Finding(
                subject: "thumbnails", state: .warning,
                sentence: "conclave-image does not lie beside this program, so there are no thumbnails. Copy it there.")
        }
        return Finding(subject: "thumbnails", state: .ok, sentence: "\(path) makes thumbnails.")
    }

    private func runningServer(_ settings: Settings) -> Finding {
        do {
            guard case .status(let status)? = try AdminClient.ask(.status, directory: settings.dataDirectory) else {
                return Finding(subject: "server", state: .ok, sentence: "No server works on this data directory right now.")
            }
            return Finding(
                subject: "server", state: .ok,
                sentence:
                    "The server is running (process \(status.process), version \(status.version), \(status.residentBytes / 1_048_576) MiB)."
            )
        } catch {
            return Finding(
                subject: "server", state: .error, sentence: "The running server does not answer: \(Failure(error).sentence)")
        }
    }

    /// How the index of a running server is; without one nobody searches.
    private func searchIndex(_ settings: Settings) -> [Finding] {
        // A server that does not answer has its own finding.
        guard let answer = try? AdminClient.ask(.searchStatus, directory: settings.dataDirectory),
            case .search(let search) = answer
        else { return [] }
        return [Finding(subject: "search", state: search.isBehind ? .warning : .ok, sentence: search.sentence)]
    }

    private func dataDirectory(_ settings: Settings) -> Finding {
        let path = settings.dataDirectory
        let files = DataFiles(URL(filePath: path))
        var status = stat()
        guard stat(path, &status) == 0 else {
            return Finding(subject: "data", state: .ok, sentence: "\(path) does not exist yet; the first start makes it.")
        }
        guard access(path, W_OK | X_OK) == 0 else {
            return Finding(
                subject: "data", state: .error, sentence: "\(path) cannot be written by this user. Correct its owner or mode.")
        }
        guard status.st_mode & 0o077 == 0 else {
            return Finding(subject: "data", state: .warning, sentence: "\(path) can be entered by others. Run: chmod 700 \(path)")
        }
        let hasHeader = DurableFile.exists(files.header)
        if DurableFile.exists(files.database), !hasHeader {
            return Finding(subject: "data", state: .error, sentence: StorageError.foreignFile(path: files.database).description)
        }
        return Finding(
            subject: "data", state: .ok,
            sentence: hasHeader ? "\(path) holds encrypted data." : "\(path) is empty; the first start fills it.")
    }

    /// Reads the whole database, unless a server works on it: that one notices damage by itself.
    private func database(_ settings: Settings, isRunning: Bool) -> [Finding] {
        let directory = URL(filePath: settings.dataDirectory)
        guard !isRunning, DurableFile.exists(DataFiles(directory).header) else { return [] }
        // A key that does not load has its own finding.
        guard let key = try? MasterKeyPlace.source(settings, environment: environment).load() else { return [] }
        do throws(StorageError) {
            let pages = try Store.examine(directory, with: key)
            return [Finding(subject: "database", state: .ok, sentence: "All \(pages) pages open and are whole.")]
        } catch {
            return [Finding(subject: "database", state: .error, sentence: error.description)]
        }
    }

    private func masterKey(_ settings: Settings) -> Finding {
        let source = MasterKeyPlace.source(settings, environment: environment)
        let isFirst = !DurableFile.exists(DataFiles(URL(filePath: settings.dataDirectory)).header)
        do throws(KeyError) {
            let key = try source.load()
            return Finding(subject: "master key", state: .ok, sentence: "\(source.place) holds the key \(key.identifier).")
        } catch {
            if case .missing = error, isFirst {
                return Finding(
                    subject: "master key", state: .ok, sentence: "There is none yet; the first start makes it at \(source.place)."
                )
            }
            return Finding(subject: "master key", state: .error, sentence: error.description)
        }
    }

    private func certificate(_ settings: Settings) -> Finding {
        func judged(_ end: Int64, renewsItself: Bool) -> Finding {
            let days = (end - now() / 1000) / 86_400
            if days < 0 {
                return Finding(
                    subject: "certificate", state: renewsItself ? .warning : .error,
                    sentence: "The certificate ended \(-days) days ago.")
            }
            if days < 14, !renewsItself {
                return Finding(
                    subject: "certificate", state: .warning,
                    sentence: "The certificate ends in \(days) days. Renew it; the server takes new files by itself.")
            }
            return Finding(subject: "certificate", state: .ok, sentence: "The certificate is good for \(days) more days.")
        }
        if settings.certificateFiles != nil {
            do {
                let source = CertificateSource.files(settings.certificateFiles ?? .init(chain: "", key: ""))
                return judged(try source.material(now: Timestamp.date(now())).notAfter, renewsItself: false)
            } catch {
                return Finding(subject: "certificate", state: .error, sentence: "The certificate files cannot be used: \(error).")
            }
        }
        let path = settings.dataDirectory + "/tls/server.pem"
        guard let bytes = FileManager.default.contents(atPath: path),
            let first = try? NIOSSLCertificate.fromPEMBytes([UInt8](bytes)).first  // unreadable ones are made anew
        else {
            return Finding(
                subject: "certificate", state: .ok, sentence: "The next start makes a certificate of the local authority.")
        }
        return judged(Int64(first.notValidAfter), renewsItself: true)
    }

    private func ports(_ settings: Settings) -> [Finding] {
        [settings.listener, settings.plainListener, settings.metricsPort.map { .init(address: "127.0.0.1", port: $0) }]
            .compactMap { $0 }.filter { $0.port != 0 }.map { endpoint in
                let code = PortProbe.attempt(endpoint)
                guard code != 0 else {
                    return Finding(subject: "port \(endpoint.port)", state: .ok, sentence: "Port \(endpoint.port) is free.")
                }
                let isNeeded = endpoint.port != settings.metricsPort || settings.metricsPortIsExplicit
                return Finding(
                    subject: "port \(endpoint.port)", state: isNeeded ? .error : .warning,
                    sentence: ListenerError(endpoint: endpoint, code: code).description)
            }
    }

    private func freeSpace(_ settings: Settings) -> Finding {
        var path = settings.dataDirectory
        while !DurableFile.exists(path), let parent = DurableFile.parent(of: path) { path = parent }
        var status = statvfs()
        guard statvfs(path, &status) == 0 else {
            return Finding(subject: "disk", state: .warning, sentence: "The free space of \(path) cannot be told.")
        }
        let megabytes = UInt64(status.f_bavail) * UInt64(status.f_frsize) / 1_048_576
        return megabytes < 512
            ? Finding(subject: "disk", state: .warning, sentence: "Only \(megabytes) MiB are free at \(path). Make room.")
            : Finding(subject: "disk", state: .ok, sentence: "\(megabytes) MiB are free.")
    }

    private func openFiles(_ settings: Settings) -> Finding {
        let allowed = OpenFiles.limit
        let wanted = settings.limits.connections + 64
        return allowed >= wanted
            ? Finding(subject: "open files", state: .ok, sentence: "\(allowed) files may be open.")
            : Finding(
                subject: "open files", state: .warning,
                sentence:
                    "limits.connections is \(settings.limits.connections), but only \(allowed) files may be open. Raise the limit (ulimit -n) or lower the setting."
            )
    }
}
