import Keys
import Storage
import Testing

@Suite("Rotation of the master key")
struct KeyRotationTests {
    @Test("a new master key opens everything, the old one nothing, and its name is known as retired")
    func rotates() async throws {
        let scratch = try Scratch()
        let store = try scratch.open()
        let sealed = try await fill(store, scopes: 1200)
        let next = MasterKey.random()
        let reports = Shared<[KeyStatus.Progress]>([])
        try await KeyRotation(store).run(to: next) { progress in reports.change { $0.append(progress) } }
        let progress = reports.now
        #expect(progress.count >= 3)
        #expect(progress.last.map { $0.done == $0.total } == true)
        #expect(progress.map(\.done) == progress.map(\.done).sorted())
        try await check(store, sealed)
        _ = try await store.write { tx in try tx.seal([1], .room(99_999), place: "p") }
        let status = try await store.keyStatus()
        #expect(status.masters.map(\.generation) == [2])
        #expect(status.masters[0].wraps == status.groups.reduce(0) { $0 + $1.keys })
        await store.close()

        #expect(
            throws: StorageError.wrongKey(given: "\(scratch.key.identifier), retired by a rotation,", wanted: [next.identifier])
        ) {
            try scratch.open()
        }
        let again = try scratch.open(next)
        try await check(again, sealed)
        try await KeyRotation(again).run(to: next)
        await #expect(throws: StorageError.keyRetired(scratch.key.identifier)) {
            try await KeyRotation(again).run(to: scratch.key)
        }
        let third = MasterKey.random()
        try await KeyRotation(again).run(to: third)
        #expect(try await again.keyStatus().masters.map(\.generation) == [3])
        await again.close()
        let last = try scratch.open(third)
        try await check(last, sealed)
        #expect(try await last.check().problems == [])
        await last.close()
    }

    @Test("at every step a copy of the files opens with either key, and the rotation can be finished there")
    func interrupted() async throws {
        let scratch = try Scratch()
        let store = try scratch.open()
        let sealed = try await fill(store, scopes: 1200)
        let next = MasterKey.random()
        let copies = Shared<[Scratch]>([])
        try await KeyRotation(store).run(to: next) { _ in
            guard let copy = try? Scratch(), (try? scratch.copy(to: copy)) != nil else { return }
            copies.change { $0.append(copy) }
        }
        await store.close()
        let taken = copies.now
        #expect(taken.count >= 3)
        for (index, copy) in taken.enumerated() {
            for key in [scratch.key, next] {
                let half = try copy.open(key)
                #expect(try await half.keyStatus().masters.count == 2)
                try await check(half, sealed)
                // A key made meanwhile must open later as well, whichever master key was at hand.
                _ = try await half.write { tx in try tx.seal([1], .room(Int64(70_000 + index)), place: "p") }
                await half.close()
            }
            let half = try copy.open(index.isMultiple(of: 2) ? scratch.key : next)
            await #expect(throws: StorageError.rotationUnderWay(to: next.identifier)) {
                try await KeyRotation(half).run(to: MasterKey.random())
            }
            try await KeyRotation(half).run(to: next)
            await half.close()
            let done = try copy.open(next)
            try await check(done, sealed)
            #expect(try await done.check().problems == [])
            await done.close()
        }
    }

    @Test("writes go on during a rotation")
    func online() async throws {
        let scratch = try Scratch()
        let store = try scratch.open()
        let sealed = try await fill(store, scopes: 800)
        let next = MasterKey.random()
        let made = Shared<[Int64: [UInt8]]>([:])
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await KeyRotation(store).run(to: next) }
            for writer in 0..<8 {
                group.addTask {
                    for round in 0..<100 {
                        let room = Int64(10_000 + writer * 1000 + round)
                        let bytes = try await store.write { tx in try tx.seal([9], .room(room), place: "p") }
                        made.change { $0[room] = bytes }
                    }
                }
            }
            try await group.waitForAll()
        }
        await store.close()
        let again = try scratch.open(next)
        try await check(again, sealed)
        let rooms = made.now
        try await again.read { tx throws in
            for (room, bytes) in rooms { #expect(try tx.open(bytes, .room(room), place: "p") == [9]) }
        }
        await again.close()
    }

    @Test("a key file source follows its rotation, also when only the last rename was missing")
    func keyFile() async throws {
        let (scratch, keys) = (try Scratch(), try Scratch())
        let source = KeyFile(path: keys.path + "/master.key", dataDirectory: scratch.path)
        let old = try Store.masterKey(from: source, for: scratch.url)
        let store = try scratch.open(old)
        let next = try source.makeReplacement()
        #expect(try Store.masterKey(from: source, for: scratch.url) == old)
        try await KeyRotation(store).run(to: next)
        await store.close()
        // The crash comes here, before the prepared file takes the place of the old one.
        #expect(try Store.masterKey(from: source, for: scratch.url) == next)
        #expect(try source.load() == next)
        let again = try scratch.open(next)
        await again.close()
    }

    @Test("a data key can be renewed on demand")
    func renewal() async throws {
        let store = try Scratch().open()
        let before = try await store.write { tx in try tx.seal([1], .room(1), place: "p") }
        try await KeyRotation(store).renewDataKey(.room(1))
        let after = try await store.write { tx in try tx.seal([2], .room(1), place: "p") }
        #expect(before.prefix(4) == [0, 0, 0, 1] && after.prefix(4) == [0, 0, 0, 2])
        #expect(try await store.read { tx in try tx.open(before, .room(1), place: "p") } == [1])
        await store.close()
    }

    private func fill(_ store: Store, scopes: Int) async throws -> [Int64: [UInt8]] {
        try await store.write { tx throws in
            try (0..<Int64(scopes)).reduce(into: [:]) { $0[$1] = try tx.seal([UInt8($1 % 256)], .room($1), place: "p") }
        }
    }

    private func check(_ store: Store, _ sealed: [Int64: [UInt8]]) async throws {
        try await store.read { tx throws in
            for (room, bytes) in sealed { #expect(try tx.open(bytes, .room(room), place: "p") == [UInt8(room % 256)]) }
        }
    }
}
