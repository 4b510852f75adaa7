/// A handle for statements inside one transaction. It is valid only inside the closure that it was given to.
///
/// Statements are plain SQL with `?` for each argument and are kept prepared. What a writing closure did is undone when it
/// throws; the closure may be run again, so it has no effects outside of the transaction except through `afterCommit`.
package final class Transaction {
    let memory: StoreMemory
    let writer: WriterState?
    private var statements: Statements?

    init(_ statements: Statements, memory: StoreMemory, writer: WriterState?) {
        self.statements = statements
        self.memory = memory
        self.writer = writer
    }

    /// Whether this transaction may write.
    package var isWriting: Bool { writer != nil }

    /// Milliseconds since 1970, from the clock that the store was opened with.
    package var now: Int64 { memory.now() }

    /// Every row of the answer.
    package func rows(_ sql: String, _ arguments: SQLValue...) throws -> [Record] {
        try engine().rows(sql, arguments)
    }

    /// Every row of the answer.
    package func rows(_ sql: String, arguments: [SQLValue]) throws -> [Record] {
        try engine().rows(sql, arguments)
    }

    /// The first row of the answer, or nil.
    package func first(_ sql: String, _ arguments: SQLValue...) throws -> Record? {
        try engine().first(sql, arguments)
    }

    /// The first row of the answer, or nil.
    package func first(_ sql: String, arguments: [SQLValue]) throws -> Record? {
        try engine().first(sql, arguments)
    }

    /// One row after the other, without keeping them. The body may run other statements.
    package func each(_ sql: String, _ arguments: [SQLValue], _ body: (Record) throws -> Void) throws {
        try engine().each(sql, arguments, body)
    }

    /// Runs a statement that changes rows and gives their number.
    @discardableResult
    package func run(_ sql: String, _ arguments: SQLValue...) throws -> Int {
        try writable().run(sql, arguments)
    }

    /// Runs a statement that changes rows and gives their number.
    @discardableResult
    package func run(_ sql: String, arguments: [SQLValue]) throws -> Int {
        try writable().run(sql, arguments)
    }

    /// The next position, for a row of any of the streams that sync reads. There is one counter for all of them; it only
    /// grows, and a position of a transaction that failed is never used again.
    package func nextPosition() throws -> Int64 {
        let writer = try writing()
        writer.position += 1
        return writer.position
    }

    /// The last position: in a reading transaction of what is committed in its snapshot, in a writing one the last given out.
    package func position() throws -> Int64 {
        if let writer { return writer.position }
        return try first("SELECT position FROM stream_position WHERE id = 1")?.int(0) ?? 0
    }

    /// Runs once after the commit is on the disk, in the order of the transactions; never when the transaction fails.
    package func afterCommit(_ work: @escaping @Sendable () -> Void) {
        writer?.running.afterCommit.append(work)
    }

    /// Runs once before the commit of the group of transactions that this one is in, however many of them ask for it under the
    /// same name: for a summary row that would cost a statement in each. If it throws, the whole group fails.
    package func beforeCommit(_ name: CacheKey, _ work: @escaping (Transaction) throws -> Void) {
        writer?.running.beforeCommit[name] = work
    }

    /// The handle is not to be used any more.
    func end() {
        statements = nil
    }

    /// The engine, for a transaction that is still open.
    func engine() throws -> Statements {
        guard let statements else { throw StorageError.misuse("a transaction was used after its closure had returned") }
        return statements
    }

    /// The writer's memory, or an error in a reading transaction.
    func writing() throws -> WriterState {
        guard let writer else { throw StorageError.misuse("a reading transaction cannot write") }
        return writer
    }

    private func writable() throws -> Statements {
        _ = try writing()
        return try engine()
    }
}

extension Transaction {
    /// A value in the writer's memory, loaded when it is not there. In a reading transaction it is loaded each time.
    ///
    /// The memory is bounded and belongs to the writer, so what it holds is what the database holds at this moment; what a
    /// transaction that failed has put there is gone. Keep values, not references.
    package func cached<Value: Sendable>(_ key: CacheKey, _ load: () throws -> Value) throws -> Value {
        if let value = held(key, as: Value.self) { return value }
        let value = try load()
        cache(key, value)
        return value
    }

    /// A value in the writer's memory, nil when it is not there.
    package func held<Value: Sendable>(_ key: CacheKey, as type: Value.Type) -> Value? {
        // In two steps: where the value is an optional, a cast of nothing would succeed and give nil.
        guard let held = writer?.cache.value(key) else { return nil }
        return held as? Value
    }

    /// Replaces a value in the writer's memory, after the rows that it stands for were changed in this transaction.
    package func cache<Value: Sendable>(_ key: CacheKey, _ value: Value) {
        guard let writer else { return }
        writer.cache.set(key, value)
        writer.running.cacheKeys.append(key)
    }

    /// Forgets a value, so that it is loaded next time.
    package func uncache(_ key: CacheKey) {
        writer?.cache.remove(key)
    }
}
