import ConclaveServer
import Foundation
import Identity
import Rooms
import Testing

@Suite("Settings")
struct SettingsTests {
    let place = Workplace()

    func read(_ flags: [String] = [], environment: [String: String] = [:]) throws(SettingsError) -> Settings {
        try Settings.read(flags: flags, environment: place.environment.merging(environment) { _, new in new })
    }

    func complaints(_ flags: [String] = [], environment: [String: String] = [:]) -> [String] {
        do {
            _ = try read(flags, environment: environment)
            return []
        } catch { return error.complaints }
    }

    @Test("without any setting the server is https://localhost:8448 on loopback, closed to registration, TLS 1.3 only")
    func standard() throws {
        let settings = try read()
        #expect(settings.publicURL == "https://localhost:8448")
        #expect(settings.listener?.isLoopback == true)
        #expect(settings.plainListener == nil)
        #expect(settings.registration == .closed)
        #expect(!settings.allowsTLS12)
        #expect(!settings.isTestProfile)
    }

    @Test("flags win over the environment, the environment over the file, the file over the default")
    func precedence() throws {
        let file = try place.write("port: 1001\nserver-name: file.example\nlimits:\n  connections: 11\n", to: "conclave.yaml")
        let from = ["--config-file", file]
        #expect(try read(from).listener?.port == 1001)
        #expect(try read(from).limits.connections == 11)
        #expect(try read(from, environment: ["CONCLAVE_PORT": "1002"]).listener?.port == 1002)
        #expect(try read(from + ["--port", "1003"], environment: ["CONCLAVE_PORT": "1002"]).listener?.port == 1003)
        #expect(try read(from + ["--port=1004"]).serverName == "file.example")
        let origins = Dictionary(
            uniqueKeysWithValues: try read(from + ["--port", "1"], environment: ["CONCLAVE_LOG_LEVEL": "debug"]).report.map {
                ($0.setting.name, $0.origin)
            })
        #expect(origins["port"] == .flag)
        #expect(origins["log.level"] == .environment)
        #expect(origins["server-name"] == .file)
        #expect(origins["address"] == .standard)
    }

    @Test("the usual file is read without being named, and a named one must be there")
    func files() throws {
        mkdir(place.home + "/.config", 0o700)
        mkdir(place.home + "/.config/conclave", 0o700)
        _ = try place.write("port: 1005\n", to: ".config/conclave/conclave.yaml")
        #expect(try read().listener?.port == 1005)
        #expect(complaints(["--config-file", place.home + "/absent.yaml"]).first?.contains("cannot be read") == true)
    }

    @Test("a name that does not exist is an error with a guess, wherever it stands")
    func unknownNames() throws {
        #expect(complaints(["--prot", "1"]) == ["There is no flag --prot. Did you mean --port?"])
        #expect(
            complaints(environment: ["CONCLAVE_SERVRE_NAME": "x"])
                == ["There is no setting for the environment variable CONCLAVE_SERVRE_NAME. Did you mean CONCLAVE_SERVER_NAME?"])
        let file = try place.write("tls:\n  certificat: x\n", to: "odd.yaml")
        #expect(
            complaints(["--config-file", file])
                == ["There is no setting 'tls.certificat' (in \(file)). Did you mean tls.certificate?"])
        #expect(complaints(["--completely-different", "1"]) == ["There is no flag --completely-different."])
    }

    @Test("every complaint is made at once, and names the setting and where it came from")
    func manyComplaints() {
        let found = complaints(["--port", "70000", "--log-level", "loud"], environment: ["CONCLAVE_LIMITS_CONNECTIONS": "many"])
        #expect(found.count == 3)
        #expect(found.contains { $0.hasPrefix("port (flag --port): '70000' is neither a port number") })
        #expect(found.contains { $0.hasPrefix("limits.connections (environment CONCLAVE_LIMITS_CONNECTIONS): 'many'") })
    }

    @Test("a flag without its value, given twice, or something that is no flag, is an error")
    func brokenFlags() {
        #expect(complaints(["--port"]) == ["--port needs a value."])
        #expect(complaints(["--port", "1", "--port", "2"]) == ["--port is given twice."])
        #expect(complaints(["port"]) == ["'port' is not a flag."])
    }

    @Test("broken YAML is one sentence, not a crash")
    func brokenFile() throws {
        for text in ["port: [1", "- a\n- b\n", "port: {a: 1}\n", "port:\n  - 1\n", "\u{0}", "config-file: x\n"] {
            let file = try place.write(text, to: "broken.yaml")
            #expect(complaints(["--config-file", file]).count == 1, "\(text)")
        }
    }

    @Test("a mistake in the file is told with its line, and without what stands there")
    func brokenSecret() throws {
        let file = try place.write("port: 1\nturn:\n  secret: hunter2: swordfish\n", to: "broken.yaml")
        let found = complaints(["--config-file", file])
        #expect(found.count == 1)
        #expect(found[0].contains("line 3") && !found[0].contains("hunter2") && !found[0].contains("swordfish"))
        let twice = try place.write("port: 1\nport: 2\n", to: "twice.yaml")
        #expect(complaints(["--config-file", twice]).first?.contains("twice)") == true)
    }

    @Test("the public address must be one that a client can use")
    func publicAddress() throws {
        for address in ["https://chat.example.org", "https://chat.example.org:8448", "https://example.org/chat"] {
            #expect(try read(["--public-url", address]).publicURL == address)
        }
        #expect(try read(["--public-url", "https://chat.example.org/"]).publicURL == "https://chat.example.org")
        #expect(try read(["--test-profile", "--public-url", "http://localhost:8008"]).publicURL == "http://localhost:8008")
        for address in [
            "chat.example.org", "http://chat.example.org", "https://", "https://chat.example.org?a=1", "ftp://chat.example.org",
            "https://me@chat.example.org", "https://chat.example.org/#x", "https://chat.example.org:port",
        ] {
            #expect(complaints(["--public-url", address]).count == 1, "\(address)")
        }
    }

    @Test("localhost is this machine, whatever a table of names says")
    func localhost() throws {
        #expect(try read(["--address", "localhost"]).listener?.address == "127.0.0.1")
        #expect(try read(["--plain-port", "8008", "--plain-address", "localhost"]).plainListener?.address == "127.0.0.1")
    }

    @Test("without TLS the server listens on loopback only")
    func plainListener() throws {
        #expect(try read(["--plain-port", "8008"]).plainListener?.port == 8008)
        for address in ["0.0.0.0", "192.168.1.1", "::", "example.org", "127.0.0.1.example.org"] {
            #expect(complaints(["--plain-port", "8008", "--plain-address", address]).count == 1, "\(address)")
        }
    }

    @Test("the test profile opens registration and refuses every address but loopback")
    func testProfile() throws {
        let settings = try read(["--test-profile", "--registration-secret", "s"])
        #expect(settings.registration == .open)
        #expect(settings.metricsPort == nil)
        #expect(complaints(["--test-profile", "--address", "0.0.0.0"]).count == 1)
        #expect(complaints(["--registration-secret", "s"]).count == 1)
    }

    @Test("secrets are never reported")
    func secrets() throws {
        let settings = try read(["--test-profile", "--registration-secret", "swordfish"])
        #expect(!settings.report.contains { $0.value.contains("swordfish") })
        #expect(!"\(settings)".contains("swordfish"))
        #expect(!complaints(["--registration-secret", "swordfish"]).joined().contains("swordfish"))
    }

    @Test("what belongs together is checked: TURN and its secret, bounds of retention, addresses for support")
    func together() throws {
        #expect(complaints(["--turn-uris", "turn:turn.example.org:3478"]).count == 1)
        #expect(complaints(["--turn-uris", "https://turn.example.org", "--turn-secret", "s"]).count == 1)
        let turn = try read(["--turn-uris", "turn:a turns:b", "--turn-secret", "swordfish", "--turn-ttl-seconds", "60"])
        #expect(turn.turn?.uris == ["turn:a", "turns:b"] && turn.turn?.lifetime == 60)
        #expect(!turn.report.contains { $0.value.contains("swordfish") } && !"\(turn)".contains("swordfish"))
        #expect(complaints(["--retention-min-days", "9", "--retention-max-days", "3"]).count == 1)
        let day: Int64 = 86_400_000
        #expect(try read(["--retention-default-days", "7"]).retention.usual == 7 * day)
        #expect(try read([]).retention.usual == nil)
        #expect(complaints(["--support-matrix-id", "nobody"]).count == 1)
        #expect(complaints(["--support-page", "http://example.org"]).count == 1)
    }

    @Test("certificate and key are named together")
    func certificatePair() {
        #expect(complaints(["--tls-certificate", "/x"]).count == 1)
        #expect(complaints(["--tls-certificate", "/x", "--tls-private-key", "/y"]).isEmpty)
    }

    @Test("no two settings share a flag or a variable")
    func unique() {
        #expect(Set(Setting.all.map(\.flag)).count == Setting.all.count)
        #expect(Set(Setting.all.map(\.variable)).count == Setting.all.count)
    }

    @Test("flags of settings are taken out of any command line, and the rest stays")
    func split() {
        let (settings, others) = SettingFlags.split(
            ["user", "create", "alice", "--data-dir", "/d", "--json", "--test-profile", "--port=1", "--password-stdin"])
        #expect(settings == ["--data-dir", "/d", "--test-profile", "--port=1"])
        #expect(others == ["user", "create", "alice", "--json", "--password-stdin"])
    }

    @Test("docs/configuration.md is what the table says")
    func reference() throws {
        let root = URL(filePath: #filePath).resolvingSymlinksInPath().deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let page = try String(contentsOf: root.appending(path: "docs/configuration.md"), encoding: .utf8)
        #expect(page == SettingsReference.markdown, "make it anew with: conclave doctor --reference > docs/configuration.md")
    }
}
