import Foundation
import Glibc
import Keys
import Storage
import Testing

@Suite("kill -9", .serialized)
struct CrashTests {
    @Test("every acknowledged write is there after the process was killed", arguments: 1...6)
    func acknowledgedSurvive(round: Int) async throws {
        let scratch = try Scratch()
        let keyBytes = scratch.key.secret.withBytes { Array($0) }
        let (path, log, delay) = (scratch.path, scratch.path + ".acks", round * 60_000)
        defer { unlink(log) }
        await #expect(processExitsWith: .signal(SIGKILL)) {
            [path = path as String, log = log as String, delay = delay as Int, keyBytes = keyBytes as [UInt8]] in
            let store = try Store.open(
                Store.Options(
                    directory: URL(fileURLWithPath: path), masterKey: try MasterKey(Secret(bytes: keyBytes)),
                    migrations: Scratch.notes))
            let acknowledgements = Glibc.open(log, O_WRONLY | O_CREAT | O_APPEND, 0o600)
            Thread.detachNewThread {
                usleep(UInt32(delay))
                kill(getpid(), SIGKILL)
            }
            await withTaskGroup(of: Void.self) { group in
                for writer in 0..<20 {
                    group.addTask {
                        for round in 0... {
                            let text = "\(writer)-\(round)"
                            guard (try? await store.add(text)) != nil else { return }
                            let line = Array("\(text)\n".utf8)
                            _ = line.withUnsafeBytes { write(acknowledgements, $0.baseAddress, $0.count) }
                        }
                    }
                }
            }
        }
        let acknowledged = (try? String(contentsOfFile: log, encoding: .utf8))?.split(separator: "\n").map(String.init) ?? []
        let store = try scratch.open()
        let present = Set(try await store.texts())
        #expect(!acknowledged.isEmpty)
        for text in acknowledged { #expect(present.contains(text)) }
        #expect(present.count <= acknowledged.count + 20)
        #expect(try await store.check().problems == [])
        await store.close()
    }

    @Test(
        "a rotation that was killed at any moment leaves both keys usable or the new one alone, and continues",
        arguments: [300, 2_000, 8_000, 25_000, 60_000, 120_000, 250_000, 700_000])
    func rotation(delay: Int) async throws {
        let scratch = try Scratch()
        var store = try scratch.open()
        for room in 0..<40 {
            _ = try await store.write { tx in
                for person in 0..<50 { _ = try tx.seal([1], .person(Int64(room * 50 + person)), place: "p") }
            }
        }
        let sealed = try await store.write { tx in try tx.seal([42], .person(7), place: "p") }
        await store.close()
        let next = MasterKey.random()
        let (old, new) = (scratch.key.secret.withBytes { Array($0) }, next.secret.withBytes { Array($0) })
        let path = scratch.path
        await #expect(processExitsWith: .signal(SIGKILL)) {
            [path = path as String, delay = delay as Int, old = old as [UInt8], new = new as [UInt8]] in
            let store = try Store.open(
                Store.Options(
                    directory: URL(fileURLWithPath: path), masterKey: try MasterKey(Secret(bytes: old)),
                    migrations: Scratch.notes))
            Thread.detachNewThread {
                usleep(UInt32(delay))
                kill(getpid(), SIGKILL)
            }
            try await KeyRotation(store).run(to: MasterKey(Secret(bytes: new)))
            while true { sleep(1) }
        }
        let identifiers = try String(contentsOfFile: scratch.header, encoding: .utf8).split(separator: "\n")
            .filter { $0.hasPrefix("master ") }.map { String($0.split(separator: " ")[2]) }
        for key in [scratch.key, next] where identifiers.contains(key.identifier) {
            store = try scratch.open(key)
            #expect(try await store.read { tx in try tx.open(sealed, .person(7), place: "p") } == [42])
            #expect(try await store.check().problems == [])
            await store.close()
        }
        store = try scratch.open(identifiers.contains(scratch.key.identifier) ? scratch.key : next)
        try await KeyRotation(store).run(to: next)
        let status = try await store.keyStatus()
        #expect(status.masters.map(\.identifier) == [next.identifier])
        #expect(status.rotation == nil)
        await store.close()
        #expect(throws: StorageError.self) { try scratch.open() }
        store = try scratch.open(next)
        #expect(try await store.read { tx in try tx.open(sealed, .person(7), place: "p") } == [42])
        await store.close()
    }
}
