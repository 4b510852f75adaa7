import Foundation
import Glibc
import Keys
import Testing

@Suite("Where the master key comes from")
struct KeySourceTests {
    @Test("a key file is made once, with mode 0600, and read back")
    func keyFile() throws {
        let scratch = try Scratch()
        let source = KeyFile(path: scratch.file("config/master.key"), dataDirectory: scratch.file("data"))
        #expect(throws: KeyError.missing(place: source.place)) { try source.load() }
        let key = try source.create()
        #expect(scratch.mode("config/master.key") == 0o600)
        #expect(scratch.mode("config") == 0o700)
        #expect(try source.load() == key)
        #expect(throws: KeyError.alreadyThere(place: source.place)) { try source.create() }
        #expect(try source.load() == key)
    }

    @Test("a key file that others may read is refused", arguments: [0o640, 0o604, 0o660, 0o610] as [mode_t])
    func tooOpen(mode: mode_t) throws {
        let scratch = try Scratch()
        let source = KeyFile(path: scratch.file("k"), dataDirectory: scratch.file("data"))
        _ = try source.create()
        #expect(chmod(scratch.file("k"), mode) == 0)
        #expect(throws: KeyError.tooOpen(path: source.place, mode: String(mode, radix: 8))) { try source.load() }
    }

    @Test("a key file inside the data directory is refused, through a link as well")
    func insideData() throws {
        let scratch = try Scratch()
        try FileManager.default.createDirectory(atPath: scratch.file("data/deeper"), withIntermediateDirectories: true)
        #expect(symlink(scratch.file("data/deeper"), scratch.file("link")) == 0)
        for path in ["data/master.key", "data/deeper/master.key", "link/master.key", "data/../data/master.key"] {
            let source = KeyFile(path: scratch.file(path), dataDirectory: scratch.file("data"))
            #expect(throws: KeyError.insideDataDirectory(path: source.place)) { try source.create() }
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.file("data/deeper")).isEmpty)
        let beside = KeyFile(path: scratch.file("data-keys"), dataDirectory: scratch.file("data"))
        #expect(throws: Never.self) { try beside.create() }
    }

    @Test("a damaged key file is told from a wrong one")
    func damaged() throws {
        let scratch = try Scratch()
        let source = KeyFile(path: scratch.file("k"), dataDirectory: scratch.file("data"))
        _ = try source.create()
        let text = try String(contentsOfFile: scratch.file("k"), encoding: .utf8)
        let changed = [
            text.replacingOccurrences(of: "key 1", with: "key 2"), String(text.dropLast(4)), String(text.dropFirst()), "",
            text.replacingCharacters(
                in: text.index(text.startIndex, offsetBy: 30)...text.index(text.startIndex, offsetBy: 30), with: "x"),
        ]
        for broken in changed {
            let file = try FileHandle(forWritingTo: URL(fileURLWithPath: scratch.file("k")))
            try file.truncate(atOffset: 0)
            try file.write(contentsOf: Data(broken.utf8))
            try file.close()
            #expect(throws: KeyError.malformed(place: source.place)) { try source.load() }
        }
    }

    @Test("a replacement is prepared once and then takes the place")
    func replacement() throws {
        let scratch = try Scratch()
        let source = KeyFile(path: scratch.file("k"), dataDirectory: scratch.file("data"))
        let old = try source.create()
        #expect(try source.loadReplacement() == nil)
        let new = try source.makeReplacement()
        #expect(new != old)
        #expect(try source.makeReplacement() == new)
        #expect(try source.load() == old)
        try source.promoteReplacement()
        #expect(try source.load() == new)
        #expect(try source.loadReplacement() == nil)
        try source.promoteReplacement()
        #expect(try source.load() == new)
        #expect(try scratch.names() == ["k"])
    }

    @Test("a passphrase with its salt gives the same key, another passphrase another")
    func passphrase() throws {
        let scratch = try Scratch()
        let cost = Passphrase.Cost(passes: 1, memory: 8192)
        let source = Passphrase(Secret("correct horse battery"), saltPath: scratch.file("salt"), cost: cost)
        #expect(throws: KeyError.missing(place: source.place)) { try source.load() }
        let key = try source.create()
        #expect(try source.load() == key)
        #expect(try Passphrase(Secret("correct horse battery"), saltPath: scratch.file("salt")).load() == key)
        #expect(try Passphrase(Secret("incorrect horse battery"), saltPath: scratch.file("salt")).load() != key)
        #expect(throws: KeyError.alreadyThere(place: scratch.file("salt"))) { try source.create() }
        #expect(throws: KeyError.weakPassphrase(minimum: 12)) {
            try Passphrase(Secret("short"), saltPath: scratch.file("other"), cost: cost).create()
        }
        #expect(try scratch.names() == ["salt"])
        let moving = Passphrase(
            Secret("correct horse battery"), saltPath: scratch.file("salt"), replacement: Secret("a new passphrase"), cost: cost)
        let next = try moving.makeReplacement()
        #expect(next != key)
        try moving.promoteReplacement()
        #expect(try Passphrase(Secret("a new passphrase"), saltPath: scratch.file("salt")).load() == next)
    }

    @Test("a systemd credential may be raw bytes, hexadecimal or a key file")
    func credential() throws {
        let scratch = try Scratch()
        let source = SystemdCredential(directory: scratch.path)
        #expect(throws: KeyError.missing(place: source.place)) { try source.load() }
        #expect(throws: KeyError.missing(place: source.place)) { try SystemdCredential(directory: nil).load() }
        let raw = (0..<32).map { UInt8($0) }
        let key = try MasterKey(Secret(bytes: raw))
        try Data(raw).write(to: URL(fileURLWithPath: scratch.file("conclave-master-key")))
        #expect(try source.load() == key)
        try Data((Hex.encode(raw) + "\n").utf8).write(to: URL(fileURLWithPath: scratch.file("conclave-master-key")))
        #expect(try source.load() == key)
        try Data("nonsense".utf8).write(to: URL(fileURLWithPath: scratch.file("conclave-master-key")))
        #expect(throws: KeyError.malformed(place: scratch.file("conclave-master-key"))) { try source.load() }
        #expect(throws: KeyError.self) { try source.create() }
    }
}
