/// One device of a person, as he sees it himself.
package struct Device: Sendable, Equatable {
    /// The device ID.
    package let id: String
    /// What the person calls it.
    package let displayName: String?
    /// When it was last heard of, in milliseconds since 1970.
    package let lastSeenAt: Int64?
    /// The address it was last heard from.
    package let lastSeenAddress: String?
    /// The user agent it last named.
    package let lastSeenAgent: String?
}

/// The device that a client signs in from: a known one, or one to be made.
package struct DeviceChoice: Sendable {
    /// The ID, when the client chose one.
    package let id: String?
    /// The name for a new device.
    package let displayName: String?
    /// Whether the client can refresh its access token.
    package let refreshes: Bool

    /// - Throws: `M_INVALID_PARAM` when the ID or the name is too long.
    package init(id: String? = nil, displayName: String? = nil, refreshes: Bool = false) throws(IdentityError) {
        if let id, !(1...255).contains(id.utf8.count) || !id.utf8.allSatisfy({ (0x20...0x7E).contains($0) }) {
            throw .invalidDeviceID
        }
        if let displayName { try Self.checkName(displayName) }
        self.id = id
        self.displayName = displayName
        self.refreshes = refreshes
    }

    static func checkName(_ name: String) throws(IdentityError) {
        guard name.utf8.count <= 1024, name.count <= 256 else { throw .deviceNameTooLong }
    }
}
