/// One row of an answer; columns are asked for by position. A column of another kind than asked for is an error.
package struct Record: Sendable, Hashable {
    /// The columns in the order of the statement.
    package let values: [SQLValue]

    /// How many columns there are.
    package var count: Int { values.count }

    /// An integer.
    package func int(_ index: Int) throws -> Int64 {
        if case .int(let value) = values[index] { return value }
        throw StorageError.unexpectedColumn(index: index, wanted: "an integer")
    }

    /// A text.
    package func text(_ index: Int) throws -> String {
        if case .text(let value) = values[index] { return value }
        throw StorageError.unexpectedColumn(index: index, wanted: "a text")
    }

    /// Bytes.
    package func blob(_ index: Int) throws -> [UInt8] {
        if case .blob(let value) = values[index] { return value }
        throw StorageError.unexpectedColumn(index: index, wanted: "bytes")
    }

    /// An integer that is 0 or another.
    package func bool(_ index: Int) throws -> Bool { try int(index) != 0 }

    /// An integer, or nil for null.
    package func optionalInt(_ index: Int) throws -> Int64? { isNull(index) ? nil : try int(index) }

    /// A text, or nil for null.
    package func optionalText(_ index: Int) throws -> String? { isNull(index) ? nil : try text(index) }

    /// Bytes, or nil for null.
    package func optionalBlob(_ index: Int) throws -> [UInt8]? { isNull(index) ? nil : try blob(index) }

    /// Whether a column is null.
    package func isNull(_ index: Int) -> Bool { values[index] == .null }
}
