import Crypto
import Dispatch
import Foundation
import Keys
import Matrix
import Storage
import Synchronization
import Testing

@Suite("Sealing, tags and numbers")
struct SealingTests {
    @Test("what is sealed opens in its scope and place, also after a restart")
    func roundTrip() async throws {
        let scratch = try Scratch()
        var store = try scratch.open()
        let text = Array("the meeting is at nine".utf8)
        let sealed = try await store.write { tx throws in
            [try tx.seal(text, .room(1), place: "events/1"), try tx.seal(text, .person(1), place: "events/1")]
        }
        for _ in 0..<2 {
            try await store.read { tx throws in
                #expect(try tx.open(sealed[0], .room(1), place: "events/1") == text)
                #expect(try tx.open(sealed[1], .person(1), place: "events/1") == text)
                #expect(throws: StorageError.sealBroken(place: "events/2")) {
                    try tx.open(sealed[0], .room(1), place: "events/2")
                }
                #expect(throws: StorageError.sealBroken(place: "events/1")) {
                    try tx.open(sealed[0], .person(1), place: "events/1")
                }
                #expect(throws: StorageError.keyLost(scope: "room/2", generation: 1)) {
                    try tx.open(sealed[0], .room(2), place: "events/1")
                }
                #expect(throws: StorageError.sealBroken(place: "p")) { try tx.open([1, 2, 3], .room(1), place: "p") }
            }
            await store.close()
            store = try scratch.open()
        }
        await store.close()
    }

    @Test("a destroyed key is gone for readers, writers and after a restart, and no other with it")
    func destroyed() async throws {
        let scratch = try Scratch()
        var store = try scratch.open()
        let text = Array("bob's telephone number".utf8)
        let sealed = try await store.write { tx throws in
            [try tx.seal(text, .person(1), place: "p"), try tx.seal(text, .person(2), place: "p")]
        }
        _ = try await store.read { tx in try tx.open(sealed[0], .person(1), place: "p") }
        // A transaction that fails destroys nothing.
        await #expect(throws: Refused.self) {
            try await store.write { tx throws in
                try tx.destroyKey(.person(1))
                throw Refused()
            }
        }
        #expect(try await store.read { tx in try tx.open(sealed[0], .person(1), place: "p") } == text)
        try await store.write { tx throws in
            try tx.destroyKey(.person(1))
            #expect(throws: StorageError.keyDestroyed(scope: "person/1")) { try tx.open(sealed[0], .person(1), place: "p") }
        }
        for _ in 0..<2 {
            let error = StorageError.keyDestroyed(scope: "person/1")
            await #expect(throws: error) { try await store.read { tx in try tx.open(sealed[0], .person(1), place: "p") } }
            await #expect(throws: error) { try await store.write { tx in try tx.seal(text, .person(1), place: "p") } }
            await #expect(throws: error) { try await store.write { tx in try tx.renewKey(.person(1)) } }
            #expect(try await store.read { tx in try tx.open(sealed[1], .person(2), place: "p") } == text)
            await store.close()
            store = try scratch.open()
        }
        await #expect(throws: StorageError.self) { try await store.write { try $0.destroyKey(.server) } }
        #expect(try await store.keyStatus().destroyed == 1)
        await store.close()
    }

    @Test("a read that a destruction overtakes is done once more, and sees what is left")
    func overtaken() async throws {
        let scratch = try Scratch()
        let store = try scratch.open()
        try await store.write { tx throws in
            try tx.run("CREATE TABLE words (sealed BLOB NOT NULL)")
            try tx.run("INSERT INTO words VALUES (?)", .blob(try tx.seal([7], .room(1), place: "p")))
        }
        let (begun, begins) = AsyncStream.makeStream(of: Void.self)
        let goOn = DispatchSemaphore(value: 0)
        let rounds = Mutex(0)
        let words = Task(executorPreference: ThreadOfItsOwn()) {
            try await store.read { tx throws in
                let rows = try tx.rows("SELECT sealed FROM words")
                let round = rounds.withLock { rounds in
                    rounds += 1
                    return rounds
                }
                if round == 1 {
                    begins.finish()
                    #expect(goOn.wait(timeout: .now() + 60) == .success)
                }
                return try rows.map { try tx.open($0.blob(0), .room(1), place: "p") }
            }
        }
        for await _ in begun {}
        try await store.write { tx throws in
            try tx.run("DELETE FROM words")
            try tx.destroyKey(.room(1))
        }
        goOn.signal()
        #expect(try await words.value.isEmpty)
        #expect(rounds.withLock { $0 } == 2)
        await store.close()
    }

    @Test("a key that has sealed often enough is followed by a new generation, and the old one still opens")
    func generations() async throws {
        let scratch = try Scratch()
        var options = scratch.options()
        options.maximumUsesPerKey = 3 * 4096
        let store = try Store.open(options)
        let first = try await store.write { tx in try tx.seal([1], .room(1), place: "p") }
        let last = try await store.write { tx throws in
            var last: [UInt8] = []
            for _ in 0..<(4 * 4096) { last = try tx.seal([2], .room(1), place: "p") }
            return last
        }
        #expect(first.prefix(4) == [0, 0, 0, 1])
        #expect(last.prefix(4) == [0, 0, 0, 2])
        try await store.read { tx throws in
            #expect(try tx.open(first, .room(1), place: "p") == [1])
            #expect(try tx.open(last, .room(1), place: "p") == [2])
        }
        let rooms = try #require(try await store.keyStatus().groups.first { $0.kind == "room" })
        #expect(rooms.keys == 2 && rooms.scopes == 1 && rooms.highestUses == 3 * 4096)
        await store.close()
    }

    @Test("a key made in a transaction that fails is not used by the next")
    func failedKey() async throws {
        let store = try Scratch().open()
        await #expect(throws: Refused.self) {
            try await store.write { tx throws in
                _ = try tx.seal([1], .room(9), place: "p")
                throw Refused()
            }
        }
        let sealed = try await store.write { tx in try tx.seal([2], .room(9), place: "p") }
        #expect(try await store.read { tx in try tx.open(sealed, .room(9), place: "p") } == [2])
        await store.close()
    }

    @Test("tags are equal for equal texts, differ by purpose and database, and survive a restart")
    func tags() async throws {
        let scratch = try Scratch()
        var store = try scratch.open()
        let tag = try await store.read { $0.tag("alice@example.org", .email) }
        #expect(tag.count == 16)
        #expect(try await store.read { $0.tag("alice@example.org", .user) } != tag)
        #expect(try await store.read { $0.typeColumn("m.room.message") } == "m.room.message")
        let odd = try await store.read { $0.typeColumn("org.example.secret") }
        #expect(odd.hasPrefix("~") && odd.count == 33)
        let pepper = store.purposeKey("pepper")
        await store.close()
        store = try scratch.open()
        #expect(try await store.read { $0.tag("alice@example.org", .email) } == tag)
        #expect(store.purposeKey("pepper") == pepper)
        await store.close()
        let other = try Scratch().open()
        #expect(try await other.read { $0.tag("alice@example.org", .email) } != tag)
        await other.close()
    }

    @Test("people and rooms keep their numbers, and a number given out in vain is forgotten")
    func numbers() async throws {
        let scratch = try Scratch()
        var store = try scratch.open()
        let (alice, bob) = (try UserID(parsing: "@alice:example.org"), try UserID(parsing: "@bob:example.org"))
        let room = try RoomID(parsing: "!abc:example.org")
        await #expect(throws: Refused.self) {
            try await store.write { tx throws in
                _ = try tx.intern(alice)
                throw Refused()
            }
        }
        #expect(try await store.read { try $0.number(of: alice) } == nil)
        let (first, second, third) = try await store.write { tx in (try tx.intern(bob), try tx.intern(alice), try tx.intern(room))
        }
        #expect(first != second)
        for _ in 0..<2 {
            #expect(try await store.write { try $0.intern(alice) } == second)
            try await store.read { tx throws in
                #expect(try tx.number(of: bob) == first)
                #expect(try tx.user(second) == alice)
                #expect(try tx.room(third) == room)
                #expect(try tx.number(of: room) == third)
                #expect(throws: StorageError.self) { try tx.user(4711) }
            }
            await store.close()
            store = try scratch.open()
        }
        await store.close()
    }

    @Test("nothing that was written can be read in any file")
    func canaries() async throws {
        let scratch = try Scratch()
        let store = try scratch.open()
        let canary = "canary-8d1f0b-éü会"
        let user = try UserID(parsing: "@canaryuser8d1f:example.org")
        for index in 0..<200 { try await store.add("\(canary) \(index)") }
        try await store.write { tx in _ = try tx.intern(user) }
        let hex = store.purposeKey("x").withUnsafeBytes { Array($0) }
        for closed in [false, true] {
            if closed { await store.close() }
            for name in try FileManager.default.contentsOfDirectory(atPath: scratch.path) {
                let bytes = try Data(contentsOf: URL(fileURLWithPath: scratch.path + "/" + name))
                for wanted in [
                    Data(canary.utf8), Data("canaryuser8d1f".utf8), Data("CREATE TABLE".utf8), Data("SQLite format".utf8),
                    Data(hex),
                ] {
                    #expect(bytes.range(of: wanted) == nil, "\(name)")
                }
            }
        }
    }
}

/// Where a test may wait without keeping the threads of all other tasks.
private final class ThreadOfItsOwn: TaskExecutor {
    private let queue = DispatchQueue(label: "thread of a test")

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.async { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}
