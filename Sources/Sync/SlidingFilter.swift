/// Which rooms belong to a list.
struct SlidingFilter: Sendable, Equatable {
    /// Whether the reader calls them direct messages.
    var isDirect: Bool?
    /// Spaces of which they are children.
    var spaces: Set<String>?
    /// Whether they are encrypted.
    var isEncrypted: Bool?
    /// Whether the reader is invited and not inside.
    var isInvited: Bool?
    /// Only rooms of these types; nil in the set stands for rooms without one.
    var types: Set<String?>?
    /// Never rooms of these types.
    var notTypes: Set<String?> = []
    /// A part of their name, in lower case.
    var name: String?
    /// Labels of which they have one.
    var tags: Set<String>?
    /// Labels of which they have none.
    var notTags: Set<String> = []

    /// How many names it holds.
    var count: Int {
        (spaces?.count ?? 0) + (types?.count ?? 0) + notTypes.count + (tags?.count ?? 0) + notTags.count
    }

    /// Whether nothing is kept out.
    var isOpen: Bool { self == SlidingFilter() }
    /// Whether the state of a room has to be looked at.
    var needsFacts: Bool { isEncrypted != nil || types != nil || !notTypes.isEmpty || name != nil }
}
