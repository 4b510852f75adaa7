import Storage

extension AuditLog {
    /// What a verification found.
    package struct Verification: Sendable, Hashable {
        /// What is wrong with the log.
        package enum Fault: String, Sendable, Hashable {
            /// A number is missing in the middle.
            case missing
            /// An entry, or the chain value beside it, is not what was written.
            case altered
            /// An entry does not open, or not at this place.
            case unreadable
            /// Entries were cut off at the end, or the whole log was put back to an older state.
            case truncated
            /// There are entries that the sealed head does not know.
            case forged
        }

        /// How many entries were looked at.
        package let checked: Int64
        /// The last entry that is there.
        package let head: Head
        /// The first entry that is wrong, nil when the log is intact.
        package let firstBad: Int64?
        /// What is wrong with it.
        package let fault: Fault?

        /// Whether nothing is wrong.
        package var isIntact: Bool { fault == nil }

        /// The exit code of a command: 0 intact, 2 altered, 3 truncated or put back.
        package var exitCode: Int32 {
            switch fault {
            case nil: 0
            case .truncated: 3
            case .missing, .altered, .unreadable, .forged: 2
            }
        }
    }

    /// Checks the log from an entry to its end: numbers, hashes, chain, seals, and the sealed head.
    ///
    /// From the first entry on it checks everything; from a later one it takes the chain value before it as given.
    package static func verify(from first: Int64 = 1, _ tx: Transaction) throws -> Verification {
        var checker = Checker(expected: max(1, first))
        if checker.expected > 1 {
            let row = try tx.first("SELECT chain FROM audit_entries WHERE seq = ?", .int(checker.expected - 1))
            guard let row else {
                return Verification(checked: 0, head: try lastRow(tx), firstBad: checker.expected - 1, fault: .missing)
            }
            checker.previous = try row.blob(0)
        }
        try tx.each(
            "SELECT seq, leaf, chain FROM audit_entries WHERE seq >= ? ORDER BY seq", [.int(checker.expected)]
        ) { row in
            if checker.fault == nil { try checker.look(row, tx) }
        }
        let last = try lastRow(tx)
        if checker.fault == nil { try checker.compare(last, tx) }
        return Verification(checked: checker.checked, head: last, firstBad: checker.firstBad, fault: checker.fault)
    }

    private struct Checker {
        var expected: Int64
        var previous = Head.empty.chain
        var checked: Int64 = 0
        var firstBad: Int64?
        var fault: Verification.Fault?

        init(expected: Int64) {
            self.expected = expected
        }

        mutating func look(_ row: Record, _ tx: Transaction) throws {
            let seq = try row.int(0)
            guard seq == expected else { return fail(.missing, at: expected) }
            let leaf = try row.blob(1)
            let chain = try row.blob(2)
            guard AuditLog.chain(after: previous, leaf: leaf) == chain else { return fail(.altered, at: seq) }
            do {
                guard AuditForm.decode(try tx.open(leaf, .server, place: place(seq)), seq: seq) != nil else {
                    return fail(.unreadable, at: seq)
                }
            } catch StorageError.sealBroken, StorageError.keyLost {
                return fail(.unreadable, at: seq)
            }
            previous = chain
            expected += 1
            checked += 1
        }

        mutating func compare(_ last: Head, _ tx: Transaction) throws {
            let sealed: Head
            do { sealed = try sealedHead(tx) ?? .empty } catch StorageError.sealBroken, StorageError.keyLost {
                return fail(.unreadable, at: last.seq)
            }
            if sealed.seq > last.seq {
                fail(.truncated, at: last.seq + 1)
            } else if sealed.seq < last.seq {
                fail(.forged, at: sealed.seq + 1)
            } else if sealed.chain != last.chain {
                fail(.altered, at: last.seq)
            }
        }

        private mutating func fail(_ fault: Verification.Fault, at seq: Int64) {
            self.fault = fault
            firstBad = seq
        }
    }
}
