import Audit
import Matrix
import Storage

/// Who of a room's members is a guest, and what happens when guests are not welcome any more.
///
/// [Specification](https://spec.matrix.org/v1.19/client-server-api/#guest-access)
extension RoomState {
    /// Whether guests may be here. Where nothing is said they may not.
    var admitsGuests: Bool {
        stateEvent("m.room.guest_access", "")?.content["guest_access"]?.string == "can_join"
    }
}

extension RoomWriter {
    /// Lets the guests leave when the room stopped admitting them. To be called after `m.room.guest_access` may have changed.
    /// - Parameter before: whether guests were admitted before.
    mutating func sendGuestsAway(admittedBefore before: Bool, by requester: Requester, at now: Int64) throws {
        guard before, !state.admitsGuests else { return }
        for guest in try actions.guests(state.joined, tx) {
            let user = try tx.user(guest)
            try append(
                Wish(
                    "m.room.member", stateKey: user.rawValue,
                    content: .object(RoomActions.member(.leave, "guests are not admitted any more"))), by: user, guest, at: now)
            try AuditLog.append(
                AuditEntry(code: .roomKick, by: requester, target: user.rawValue, room: state.roomID, reason: "guest", time: now),
                tx)
        }
    }
}
