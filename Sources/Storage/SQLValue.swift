/// A value that goes into a statement or comes out of a row.
package enum SQLValue: Sendable, Hashable {
    case null
    case int(Int64)
    case text(String)
    case blob([UInt8])

    /// An integer, or null.
    package init(_ value: Int64?) { self = value.map(SQLValue.int) ?? .null }

    /// An integer, or null.
    package init(_ value: Int?) { self = value.map { .int(Int64($0)) } ?? .null }

    /// A text, or null.
    package init(_ value: String?) { self = value.map(SQLValue.text) ?? .null }

    /// Bytes, or null.
    package init(_ value: [UInt8]?) { self = value.map(SQLValue.blob) ?? .null }

    /// 1 or 0.
    package init(_ value: Bool) { self = .int(value ? 1 : 0) }

    /// An integer of machine size.
    package static func int(_ value: Int) -> SQLValue { .int(Int64(value)) }
}

extension SQLValue: ExpressibleByIntegerLiteral, ExpressibleByStringLiteral, ExpressibleByNilLiteral, ExpressibleByBooleanLiteral
{
    /// An integer.
    package init(integerLiteral value: Int64) { self = .int(value) }

    /// A text.
    package init(stringLiteral value: String) { self = .text(value) }

    /// Null.
    package init(nilLiteral: ()) { self = .null }

    /// 1 or 0.
    package init(booleanLiteral value: Bool) { self.init(value) }
}
