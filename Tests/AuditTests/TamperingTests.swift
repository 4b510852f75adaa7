import Audit
import Storage
import Testing

@Suite("Tampering with the audit log")
struct TamperingTests {
    @Test(
        "mallory changes, deletes, swaps, inserts or cuts off rows, and is found at the first of them", arguments: Attack.allCases
    )
    func found(attack: Attack) async throws {
        let log = try TestLog()
        try await log.append(20)
        #expect(try await log.verify().isIntact)
        try await log.store.write { tx in for sql in attack.statements { try tx.run(sql) } }
        let result = try await log.verify()
        #expect(result.fault == attack.fault)
        #expect(result.firstBad == attack.firstBad)
        #expect(result.exitCode == (attack.fault == .truncated ? 3 : 2))
        await log.store.close()
    }

    @Test("what is wrong before the first entry looked at is not seen, and after it is")
    func later() async throws {
        let log = try TestLog()
        try await log.append(20)
        try await log.store.write { tx in try tx.run("UPDATE audit_entries SET leaf = x'00' WHERE seq = 5") }
        #expect(try await log.verify(from: 6).isIntact)
        #expect(try await log.verify(from: 5).firstBad == 5)
        #expect(try await log.verify(from: 4).firstBad == 5)
        #expect(try await log.verify(from: 30).fault == .missing)
        await log.store.close()
    }

    @Test("two thousand random changes are all found")
    func random() async throws {
        let log = try TestLog()
        try await log.append(30)
        struct Undo: Error {}
        var missed = 0
        for _ in 0..<2000 {
            do {
                try await log.store.write { tx in
                    let seq = Int64.random(in: 1...30)
                    let row = try #require(try tx.first("SELECT leaf, chain FROM audit_entries WHERE seq = ?", .int(seq)))
                    let column = Bool.random() ? 0 : 1
                    var bytes = try row.blob(column)
                    bytes[Int.random(in: 0..<bytes.count)] ^= UInt8.random(in: 1...255)
                    try tx.run(
                        "UPDATE audit_entries SET \(column == 0 ? "leaf" : "chain") = ? WHERE seq = ?", .blob(bytes), .int(seq))
                    let result = try AuditLog.verify(tx)
                    guard result.firstBad == seq else { return }
                    throw Undo()
                }
                missed += 1
            } catch is Undo {}
        }
        #expect(missed == 0)
        await log.store.close()
    }

    enum Attack: CaseIterable {
        case changeLeaf, changeChain, changeBoth, deleteMiddle, deleteFirst, deleteLast, truncate, wipe, swap, renumber,
            duplicate, forgeEnd, changeHead, deleteHead

        var statements: [String] {
            switch self {
            case .changeLeaf: ["UPDATE audit_entries SET leaf = (SELECT leaf FROM audit_entries WHERE seq = 3) WHERE seq = 7"]
            case .changeChain: ["UPDATE audit_entries SET chain = zeroblob(32) WHERE seq = 7"]
            case .changeBoth: ["UPDATE audit_entries SET leaf = zeroblob(60), chain = zeroblob(32) WHERE seq = 7"]
            case .deleteMiddle: ["DELETE FROM audit_entries WHERE seq = 7"]
            case .deleteFirst: ["DELETE FROM audit_entries WHERE seq = 1"]
            case .deleteLast: ["DELETE FROM audit_entries WHERE seq = 20"]
            case .truncate: ["DELETE FROM audit_entries WHERE seq > 7"]
            case .wipe: ["DELETE FROM audit_entries"]
            case .swap:
                [
                    "UPDATE audit_entries SET seq = 1000 WHERE seq = 7", "UPDATE audit_entries SET seq = 7 WHERE seq = 8",
                    "UPDATE audit_entries SET seq = 8 WHERE seq = 1000",
                ]
            case .renumber:
                ["DELETE FROM audit_entries WHERE seq = 7"]
                    + (8...20).map { "UPDATE audit_entries SET seq = \($0 - 1) WHERE seq = \($0)" }
            case .duplicate, .forgeEnd:
                ["INSERT INTO audit_entries (seq, leaf, chain) SELECT 21, leaf, chain FROM audit_entries WHERE seq = 20"]
            case .changeHead: ["UPDATE audit_head SET sealed = zeroblob(80)"]
            case .deleteHead: ["DELETE FROM audit_head"]
            }
        }

        var fault: AuditLog.Verification.Fault {
            switch self {
            case .changeLeaf, .changeChain, .changeBoth, .swap, .renumber, .duplicate, .forgeEnd: .altered
            case .deleteMiddle, .deleteFirst: .missing
            case .deleteLast, .truncate, .wipe: .truncated
            case .changeHead: .unreadable
            case .deleteHead: .forged
            }
        }

        var firstBad: Int64 {
            switch self {
            case .changeLeaf, .changeChain, .changeBoth, .deleteMiddle, .swap, .renumber: 7
            case .deleteFirst, .wipe, .deleteHead: 1
            case .deleteLast, .changeHead: 20
            case .truncate: 8
            case .duplicate, .forgeEnd: 21
            }
        }
    }
}
