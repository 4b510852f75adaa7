/// Which events of a stretch of history a reader wants.
package struct EventSelection: Sendable {
    /// Whether an event is wanted.
    package let matches: @Sendable (StoredEvent) throws -> Bool
    /// Whether only those members are wanted who sent something that is shown.
    package let lazyLoadsMembers: Bool

    /// A selection.
    package init(lazyLoadsMembers: Bool = false, matches: @escaping @Sendable (StoredEvent) throws -> Bool = { _ in true }) {
        self.matches = matches
        self.lazyLoadsMembers = lazyLoadsMembers
    }

    /// Everything.
    package static let everything = EventSelection()
}
