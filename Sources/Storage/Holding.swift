import Synchronization

/// What a table holds of rooms, of people and of single events, and what becomes of it when one of them goes.
///
/// Each target lists its tables beside its migrations, parents before children. A test walks the database and demands a word
/// about every table that has a column for a room, a person or an event.
package struct Holding: Sendable {
    /// What becomes of a table's rows.
    package enum Fate: Sendable, Equatable {
        /// The rows whose column has the number are deleted.
        case deleted(by: String)
        /// The rows stay, for this reason.
        case kept(because: String)
        /// There is nothing of the kind in the table.
        case none
    }

    /// The table.
    package let table: String
    /// When a room is purged; the column has the room's number.
    package let room: Fate
    /// When a person is erased; the column has the person's number.
    package let person: Fate
    /// When an event is purged; the column has the event's position.
    package let event: Fate

    /// What a table holds.
    package init(_ table: String, room: Fate = .none, person: Fate = .none, event: Fate = .none) {
        self.table = table
        self.room = room
        self.person = person
        self.event = event
    }
}

extension Transaction {
    /// Deletes what the tables hold of a person, and destroys the key that all of it was sealed with: what lies in backups
    /// cannot be read any more either. When it happened stays on record, for ``erasure(of:)``.
    package func forget(person: Int64) throws {
        for holding in memory.holdings.reversed() {
            if case .deleted(let column) = holding.person { try delete(from: holding.table, column, person) }
        }
        try run(
            "INSERT INTO erased_people (person, position) VALUES (?, ?) ON CONFLICT (person) DO NOTHING", .int(person),
            .int(try nextPosition()))
        try destroyKey(.person(person))
    }

    /// Deletes what the tables hold of one event, the event itself last.
    package func forget(event position: Int64) throws {
        for holding in memory.holdings.reversed() {
            if case .deleted(let column) = holding.event { try delete(from: holding.table, column, position) }
        }
    }

    /// Deletes what the tables hold of a room.
    /// - Parameter withEvents: whether what goes with each single event is deleted, too; a long room's events are better
    ///   deleted in portions before.
    package func forget(room: Int64, withEvents: Bool) throws {
        for holding in memory.holdings.reversed() {
            guard case .deleted(let column) = holding.room else { continue }
            if !withEvents, case .deleted = holding.event { continue }
            try delete(from: holding.table, column, room)
        }
    }

    /// The position at which somebody's data were erased; nil for people who are still here.
    package func erasure(of person: Int64) throws -> Int64? {
        try first("SELECT position FROM erased_people WHERE person = ?", .int(person))?.int(0)
    }

    /// Whether anybody's data were ever erased: the look that spares the others.
    package func knowsErasures() throws -> Bool {
        try first("SELECT 1 FROM erased_people LIMIT 1") != nil
    }

    /// Asks for the write-ahead log to be emptied at the next occasion (``Store/emptyLogIfOwed()``): for what happens often.
    package func emptyLogLater() {
        let memory = memory
        afterCommit { memory.owesEmptyLog.store(true, ordering: .relaxed) }
    }

    private func delete(from table: String, _ column: String, _ number: Int64) throws {
        try run("DELETE FROM \(table) WHERE \"\(column)\" = ?", .int(number))
    }
}

extension Store {
    /// Empties the write-ahead log if anything in it was asked to go since the last time. To be called about once a minute;
    /// the first call after a start always does it, for what an earlier process left.
    package func emptyLogIfOwed() async throws {
        guard memory.owesEmptyLog.exchange(false, ordering: .relaxed) else { return }
        do { try await write { tx in try tx.emptyLogAfterCommit() } } catch {
            memory.owesEmptyLog.store(true, ordering: .relaxed)
            throw error
        }
    }
}
