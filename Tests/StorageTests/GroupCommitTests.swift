import Foundation
import Storage
import Testing

@Suite("Group commit")
struct GroupCommitTests {
    @Test("of a hundred writers at once, those that throw leave nothing and the others lose nothing")
    func hundredWriters() async throws {
        let scratch = try Scratch()
        let store = try scratch.open()
        await withTaskGroup(of: Void.self) { group in
            for writer in 0..<100 {
                group.addTask {
                    for round in 0..<20 {
                        let fails = (writer + round).isMultiple(of: 3)
                        do {
                            try await store.write { tx in
                                try tx.run("INSERT INTO notes (text) VALUES (?)", .text("\(writer)/\(round)"))
                                if fails { throw Refused() }
                            }
                            #expect(!fails)
                        } catch {
                            #expect(fails && error is Refused)
                        }
                    }
                }
            }
        }
        let expected = Set(
            (0..<100).flatMap { writer in
                (0..<20).filter { !(writer + $0).isMultiple(of: 3) }.map { "\(writer)/\($0)" }
            })
        #expect(Set(try await store.texts()) == expected)
        await store.close()
        let again = try scratch.open()
        #expect(Set(try await again.texts()) == expected)
        await again.close()
    }

    @Test("waiting writes share a transaction, a thrown one is undone alone, in memory too")
    func shared() async throws {
        let store = try Scratch().open()
        let order = Shared<[Int]>([])
        let kind = CacheKey("test", 1)
        try await heldUp(store) { queue in
            for index in 0..<10 {
                try await queue {
                    _ = try? await store.write { tx in
                        tx.afterCommit { order.change { $0.append(index) } }
                        let seen = try tx.cached(kind) { Int64(0) }
                        tx.cache(kind, seen + 1)
                        try tx.run("INSERT INTO notes (text) VALUES (?)", .text("\(index)"))
                        if index == 4 { throw Refused() }
                    }
                }
            }
        }
        #expect(order.now == [0, 1, 2, 3, 5, 6, 7, 8, 9])
        #expect(try await store.texts() == ["0", "1", "2", "3", "5", "6", "7", "8", "9"])
        // What the failed one had put there is gone, so the count began again at the sixth.
        #expect(try await store.write { tx in try tx.cached(kind) { Int64(-1) } } == 5)
        await store.close()
    }

    @Test("a commit that fails fails every write of its group, and the next group works")
    func failedCommit() async throws {
        let scratch = try Scratch()
        let store = try scratch.open(
            nil,
            Scratch.notes + [
                Migration(
                    "test/2 links",
                    "CREATE TABLE links (note INTEGER NOT NULL REFERENCES notes (id) DEFERRABLE INITIALLY DEFERRED)")
            ])
        try await store.add("kept")
        let outcomes = Shared<[Int: Bool]>([:])
        let committed = Shared(0)
        try await heldUp(store) { queue in
            for index in 0..<5 {
                try await queue {
                    do {
                        try await store.write { tx in
                            tx.afterCommit { committed.change { $0 += 1 } }
                            try tx.run("INSERT INTO notes (text) VALUES (?)", .text("\(index)"))
                            if index == 2 { try tx.run("INSERT INTO links (note) VALUES (4711)") }
                        }
                        outcomes.change { $0[index] = true }
                    } catch StorageError.constraint(.foreignKey, _) {
                        outcomes.change { $0[index] = false }
                    } catch {
                        Issue.record("unexpected \(error)")
                    }
                }
            }
        }
        #expect(outcomes.now == [0: false, 1: false, 2: false, 3: false, 4: false])
        #expect(committed.now == 0)
        try await store.add("after")
        #expect(try await store.texts() == ["kept", "after"])
        await store.close()
    }

    @Test("a write that is cancelled while it waits never runs")
    func cancelledWaiting() async throws {
        let store = try Scratch().open()
        let (gate, began) = (Gate(), Gate())
        let blocker = Task {
            try await store.write { _ in
                began.open(); gate.wait()
            }
        }
        await blocking { began.wait() }
        let waiting = Task { try await store.add("never") }
        try await Task.sleep(for: .milliseconds(20))
        waiting.cancel()
        await #expect(throws: CancellationError.self) { try await waiting.value }
        gate.open()
        try await blocker.value
        #expect(try await store.texts().isEmpty)
        let cancelledBefore = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            try await store.add("never either")
        }
        await #expect(throws: CancellationError.self) { try await cancelledBefore.value }
        #expect(try await store.texts().isEmpty)
        await store.close()
    }

    @Test("a full queue refuses at once, and what waits is still done")
    func fullQueue() async throws {
        let scratch = try Scratch()
        var options = scratch.options()
        options.maximumPendingWrites = 3
        let store = try Store.open(options)
        let (gate, began) = (Gate(), Gate())
        let blocker = Task {
            try await store.write { _ in
                began.open(); gate.wait()
            }
        }
        await blocking { began.wait() }
        let waiting = (0..<3).map { index in Task { try await store.add("\(index)") } }
        try await Task.sleep(for: .milliseconds(50))
        await #expect(throws: StorageError.busy) { try await store.add("too many") }
        gate.open()
        try await blocker.value
        for task in waiting { try await task.value }
        #expect(try await store.texts().count == 3)
        await store.close()
    }

    @Test("closing while busy finishes what was accepted and refuses the rest")
    func closeWhileBusy() async throws {
        let scratch = try Scratch()
        let store = try scratch.open()
        let accepted = Shared<Set<String>>([])
        await withTaskGroup(of: Void.self) { group in
            for writer in 0..<50 {
                group.addTask {
                    for round in 0... {
                        do {
                            try await store.add("\(writer)/\(round)")
                            accepted.change { _ = $0.insert("\(writer)/\(round)") }
                            _ = try await store.read { try $0.position() }
                        } catch {
                            #expect(error as? StorageError == .closed)
                            return
                        }
                    }
                }
            }
            group.addTask {
                try? await Task.sleep(for: .milliseconds(100))
                await store.close()
            }
        }
        let again = try scratch.open()
        #expect(Set(try await again.texts()) == accepted.now)
        #expect(!accepted.now.isEmpty)
        await again.close()
    }

    @Test("positions only grow, over failures and restarts, and a reader sees the committed one")
    func positions() async throws {
        let scratch = try Scratch()
        var last: Int64 = 0
        for _ in 0..<3 {
            let store = try scratch.open()
            for round in 0..<5 {
                let position = try await store.write { try $0.nextPosition() }
                #expect(position > last)
                last = position
                #expect(try await store.read { try $0.position() } == last)
                _ = try? await store.write { tx in
                    _ = try tx.nextPosition()
                    if round < 5 { throw Refused() }
                }
                let seen = try await store.read { try $0.position() }
                #expect(seen >= last)
            }
            await store.close()
        }
    }

    @Test("work before the commit runs once for a group, and fails the group when it throws")
    func beforeCommit() async throws {
        let store = try Scratch().open()
        let runs = Shared(0)
        let name = CacheKey("summary", 0)
        try await heldUp(store) { queue in
            for index in 0..<6 {
                try await queue {
                    _ = try? await store.write { tx in
                        tx.beforeCommit(name) { tx in
                            runs.change { $0 += 1 }
                            try tx.run("INSERT INTO notes (text) VALUES ('summary')")
                        }
                        if index == 3 { throw Refused() }
                    }
                }
            }
        }
        #expect(runs.now == 1)
        #expect(try await store.texts() == ["summary"])
        await #expect(throws: StorageError.self) {
            try await store.write { tx in
                try tx.run("INSERT INTO notes (text) VALUES ('lost')")
                tx.beforeCommit(name) { _ in throw StorageError.misuse("no summary") }
            }
        }
        #expect(try await store.texts() == ["summary"])
        await store.close()
    }

    @Test("the writer's memory is loaded afresh in a reading transaction")
    func cacheInReader() async throws {
        let store = try Scratch().open()
        let key = CacheKey("test", 7)
        try await store.write { tx in tx.cache(key, Int64(1)) }
        #expect(try await store.write { tx in try tx.cached(key) { Int64(2) } } == 1)
        #expect(try await store.read { tx in try tx.cached(key) { Int64(3) } } == 3)
        try await store.write { tx in tx.uncache(key) }
        #expect(try await store.write { tx in try tx.cached(key) { Int64(4) } } == 4)
        await store.close()
    }

    /// Queues writes in order while another write holds up the writer, then lets them all go at once.
    private func heldUp(
        _ store: Store, _ enqueue: ((@escaping @Sendable () async -> Void) async throws -> Void) async throws -> Void
    ) async throws {
        let (gate, began) = (Gate(), Gate())
        let blocker = Task {
            try await store.write { _ in
                began.open(); gate.wait()
            }
        }
        await blocking { began.wait() }
        let tasks = Shared<[Task<Void, Never>]>([])
        try await enqueue { work in
            let task = Task { await work() }
            tasks.change { $0.append(task) }
            try await Task.sleep(for: .milliseconds(5))
        }
        gate.open()
        try await blocker.value
        for task in tasks.now { await task.value }
    }

    private func blocking(_ body: @escaping @Sendable () -> Void) async {
        await withCheckedContinuation { continuation in
            Thread.detachNewThread {
                body()
                continuation.resume()
            }
        }
    }
}
