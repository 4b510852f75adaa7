import Matrix

/// Where rooms are encrypted without anybody asking, and where the server takes no message that it could read.
package struct EncryptionPolicy: Sendable, Equatable {
    /// Which rooms something holds for.
    package enum Scope: String, Sendable, CaseIterable {
        /// None.
        case off
        /// Those that not everybody may join.
        case `private`
        /// All.
        case all
    }

    /// The new rooms to which the server adds encryption.
    package var byDefault: Scope
    /// The rooms in which messages have to be encrypted.
    package var required: Scope

    /// A policy of its parts.
    package init(byDefault: Scope = .off, required: Scope = .off) {
        self.byDefault = byDefault
        self.required = required
    }

    /// Whether clients should encrypt new private rooms.
    package var encryptsPrivateRooms: Bool { byDefault != .off || required != .off }

    /// Whether the server adds encryption to a room that somebody asks for. Spaces hold no messages and stay as they are.
    func encrypts(_ wish: RoomWish) -> Bool {
        guard wish.creationContent["type"] != .string("m.space") else { return false }
        if byDefault == .all || required == .all { return true }
        return encryptsPrivateRooms && wish.preset != .publicChat
    }

    /// Refuses a message that the server could read, where it has to be encrypted.
    /// - Throws: `M_FORBIDDEN`.
    func check(_ type: String, in state: RoomState) throws(MatrixError) {
        guard required != .off, !Self.isReadable(type) else { return }
        let isPublic = state.stateEvent("m.room.join_rules", "")?.content["join_rule"]?.string == "public"
        guard required == .all || !isPublic else { return }
        throw .forbidden("messages in this room have to be end-to-end encrypted")
    }

    /// Whether events of a type are never encrypted: what carries the encryption itself, and what only points to another event.
    private static func isReadable(_ type: String) -> Bool {
        switch type {
        case "m.room.encrypted", "m.room.redaction", "m.reaction": true
        default: type.hasPrefix("m.key.verification.")
        }
    }
}
