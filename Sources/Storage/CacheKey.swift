/// The name of a value in the writer's memory: a kind and a number.
package struct CacheKey: Sendable, Hashable {
    /// What sort of value; two kinds never collide.
    package let kind: CacheKind
    /// Which of them.
    package let id: Int64

    /// The value number `id` of a kind.
    package init(_ kind: CacheKind, _ id: Int64) {
        self.kind = kind
        self.id = id
    }

    /// The value number `id` of a kind.
    package init(kind: CacheKind, id: Int64) {
        self.init(kind, id)
    }
}

/// A sort of cached value, declared by who caches it: `extension CacheKind { static let roomState: CacheKind = "room state" }`.
package struct CacheKind: RawRepresentable, Sendable, Hashable, ExpressibleByStringLiteral {
    /// The name of the sort.
    package let rawValue: String

    /// A sort of this name.
    package init(rawValue: String) { self.rawValue = rawValue }

    /// A sort of this name.
    package init(stringLiteral value: String) { rawValue = value }
}
