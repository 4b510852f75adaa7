import Audit
import Foundation
import Keys
import Matrix
import Storage
import Testing

@Suite("The audit log")
struct AuditLogTests {
    @Test("an entry comes back as it was written")
    func roundTrip() async throws {
        let log = try TestLog()
        let alice = try TestLog.alice
        let room = try RoomID(parsing: "!room:example.org")
        try await log.store.write { tx in
            try AuditLog.append(
                AuditEntry(
                    code: .roomKick, by: alice, target: "@mallory:example.org", room: room, outcome: .denied,
                    reason: "power level too low", time: 1_700_000_000_123), tx)
            try AuditLog.append(
                AuditEntry(
                    code: .sessionLoginFailed, by: Origin(address: "2001:db8::1", agent: "", requestID: "r2"), outcome: .failure,
                    time: -1), tx)
        }
        let entries = try await log.store.read { try AuditLog.entries(from: 1, limit: 10, $0) }
        #expect(entries.count == 2)
        #expect(
            entries[0].seq == 1 && entries[0].code == "room.kick" && entries[0].stream == .operation
                && entries[0].severity == .notice && entries[0].outcome == .denied && entries[0].user == "@alice:example.org"
                && entries[0].device == "ALICEDEV" && entries[0].origin == alice.origin
                && entries[0].target == "@mallory:example.org" && entries[0].room == "!room:example.org"
                && entries[0].reason == "power level too low" && entries[0].time == 1_700_000_000_123)
        #expect(entries[1].user == nil && entries[1].device == nil && entries[1].time == -1 && entries[1].origin.agent == "")
        #expect(entries[1].severity == .warning && entries[1].stream == .security && entries[1].target == nil)
        await log.store.close()
    }

    @Test("an entry shares the fate of its transaction")
    func fate() async throws {
        let log = try TestLog()
        try await log.append(3)
        struct Refused: Error {}
        await #expect(throws: Refused.self) {
            try await log.store.write { tx in
                try AuditLog.append(TestLog.entry(99), tx)
                throw Refused()
            }
        }
        try await log.append(2)
        let result = try await log.verify()
        #expect(result.isIntact && result.checked == 5 && result.head.seq == 5)
        await log.store.close()
    }

    @Test("many writers at once make one unbroken chain, also over restarts")
    func concurrent() async throws {
        var log = try TestLog()
        for _ in 0..<2 {
            let store = log.store
            await withTaskGroup(of: Void.self) { group in
                for writer in 0..<50 {
                    group.addTask {
                        for round in 0..<10 {
                            struct Refused: Error {}
                            _ = try? await store.write { tx in
                                try AuditLog.append(TestLog.entry(writer), tx)
                                if (writer + round).isMultiple(of: 4) { throw Refused() }
                            }
                        }
                    }
                }
            }
            let result = try await log.verify()
            #expect(result.isIntact, "\(result)")
            log = try await log.reopened()
        }
        #expect(try await log.verify().checked == 750)
        #expect(try await log.verify(from: 700).checked == 51)
        await log.store.close()
    }

    @Test("an empty log is intact")
    func empty() async throws {
        let log = try TestLog()
        let result = try await log.verify()
        #expect(result.isIntact && result.head == .empty && result.exitCode == 0)
        await log.store.close()
    }

    @Test("long and odd texts are kept within bounds and do not break the form")
    func oddTexts() async throws {
        let log = try TestLog()
        let long = String(repeating: "é", count: 5000)
        try await log.store.write { tx in
            try AuditLog.append(
                AuditEntry(
                    code: .accessDenied, by: Origin(address: "\n\u{0}", agent: long, requestID: "会议"), target: "", reason: long,
                    time: 0), tx)
        }
        let entry = try #require(try await log.store.read { try AuditLog.entries(from: 1, limit: 1, $0) }.first)
        #expect(entry.origin.address == "\n\u{0}" && entry.origin.requestID == "会议" && entry.target == "")
        #expect(entry.origin.agent.utf8.count <= 4096 && long.hasPrefix(entry.origin.agent))
        #expect(try await log.verify().isIntact)
        await log.store.close()
    }
}
