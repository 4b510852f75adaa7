import Foundation
import Glibc
import Matrix
import Media
import TestHouse
import Testing

/// Speaks clamd's INSTREAM on a socket in the file system: finds what contains a word.
final class ScannerDouble: Sendable {
    let path: String
    private let listener: Int32

    /// - Parameter answer: what it says to the content that it got; nil hangs up.
    init(_ answer: @escaping @Sendable ([UInt8]) -> String?) throws {
        path = FileManager.default.temporaryDirectory.path + "/clamd-\(UUID().uuidString.prefix(8))"
        let listener = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        self.listener = listener
        var name = sockaddr_un()
        name.sun_family = sa_family_t(AF_UNIX)
        let text = path
        withUnsafeMutableBytes(of: &name.sun_path) { $0.copyBytes(from: text.utf8) }
        let status = withUnsafePointer(to: &name) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(listener, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) }
        }
        guard status == 0, listen(listener, 8) == 0 else { throw MediaError.scannerUnavailable }
        Thread.detachNewThread {
            while true {
                let connection = accept(listener, nil, nil)
                guard connection >= 0 else { return }
                Self.serve(connection, answer)
                close(connection)
            }
        }
    }

    deinit {
        shutdown(listener, Int32(SHUT_RDWR))
        close(listener)
        unlink(path)
    }

    private static func serve(_ connection: Int32, _ answer: ([UInt8]) -> String?) {
        guard read(connection, 10) == Array("zINSTREAM\0".utf8) else { return }
        var content: [UInt8] = []
        while let head = read(connection, 4) {
            let length = head.reduce(0) { $0 << 8 | Int($1) }
            if length == 0 {
                if let text = answer(content) { _ = Glibc.write(connection, text + "\0", text.utf8.count + 1) }
                return
            }
            guard let piece = read(connection, length) else { return }
            content += piece
        }
    }

    private static func read(_ connection: Int32, _ count: Int) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: count)
        var filled = 0
        while filled < count {
            let got = bytes.withUnsafeMutableBytes {
                Glibc.read(connection, $0.baseAddress?.advanced(by: filled), count - filled)
            }
            guard got > 0 else { return nil }
            filled += got
        }
        return bytes
    }
}

@Suite("Files that are examined")
struct ScannerTests {
    private func house(_ scanner: VirusScanner?) throws -> MediaHouse { try MediaHouse(scanner: scanner) }

    private func scanner(at path: String, isRequired: Bool = true) throws -> VirusScanner {
        VirusScanner(try #require(VirusScanner.Address(path)), isRequired: isRequired, patience: .seconds(5))
    }

    @Test("what is harmful is refused, kept from everybody, and on record")
    func harmful() async throws {
        let double = try ScannerDouble { $0.starts(with: "EVIL".utf8) ? "stream: Test.Evil FOUND" : "stream: OK" }
        let house = try house(try scanner(at: double.path))
        let mallory = try await house.person("mallory")
        await #expect(throws: MediaError.harmful) { try await house.upload(Array("EVIL".utf8) + noise(600_000), by: mallory) }
        let (id, _) = try await house.media.reserve(by: mallory, at: house.now)
        await #expect(throws: MediaError.harmful) { try await house.upload(Array("EVIL".utf8), by: mallory, to: id) }
        await #expect(throws: MediaError.notFound) { try await house.find(id) }
        #expect(house.files.count == 2)
        let good = try await house.upload(noise(600_000), by: mallory)
        #expect(try await house.bytes(good) == noise(600_000))
    }

    @Test("without a clear answer nothing is taken, unless the operator says so")
    func unclear() async throws {
        for answer in [nil, "", "INSTREAM size limit exceeded. ERROR", "stream: OK?", "nonsense"] {
            let double = try ScannerDouble { _ in answer }
            let strict = try house(try scanner(at: double.path))
            let alice = try await strict.person("alice")
            await #expect(throws: MediaError.scannerUnavailable) { try await strict.upload([1], by: alice) }
            #expect(strict.files.isEmpty)
            let lenient = try house(try scanner(at: double.path, isRequired: false))
            let bob = try await lenient.person("bob")
            #expect(try await lenient.bytes(lenient.upload([1], by: bob)) == [1])
        }
        let absent = try house(try scanner(at: "/nowhere/clamd"))
        let alice = try await absent.person("alice")
        await #expect(throws: MediaError.scannerUnavailable) { try await absent.upload([1], by: alice) }
    }

    @Test("the daemon is on this machine")
    func addresses() {
        #expect(VirusScanner.Address("/run/clamav/clamd.ctl") == .path("/run/clamav/clamd.ctl"))
        #expect(VirusScanner.Address("127.0.0.1:3310") == .loopback(port: 3310))
        for wrong in [
            "", "clamd", "192.0.2.1:3310", "127.0.0.1", "127.0.0.1:0", "127.0.0.1:99999",
            "/" + String(repeating: "x", count: 200),
        ] {
            #expect(VirusScanner.Address(wrong) == nil)
        }
    }
}
