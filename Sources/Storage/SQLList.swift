/// The values of an `IN (…)`, whose number a client may have chosen.
///
/// Statements are kept prepared by their text, so that text must not differ for every number: the list is filled up to a power
/// of two with its last value again, which changes nothing about what is in it.
package struct SQLList: Sendable {
    /// The values, one for each of the ``marks``.
    package let arguments: [SQLValue]

    /// A list of values.
    package init(_ values: [SQLValue]) {
        guard let last = values.last else {
            arguments = []
            return
        }
        arguments = values + Array(repeating: last, count: Self.size(for: values.count) - values.count)
    }

    /// A list of integers.
    package init(_ integers: some Sequence<Int64>) { self.init(integers.map(SQLValue.int)) }

    /// A list of texts.
    package init(_ texts: some Sequence<String>) { self.init(texts.map(SQLValue.text)) }

    /// What stands for the values in the statement.
    package var marks: String { Array(repeating: "?", count: arguments.count).joined(separator: ", ") }

    /// The least power of two that is not less.
    package static func size(for count: Int) -> Int {
        var size = 1
        while size < count { size *= 2 }
        return size
    }
}
