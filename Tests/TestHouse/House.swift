import Audit
import Foundation
import Matrix
import Rooms
import Storage

/// A database of a test's own, and the people in it.
package protocol House: Sendable {
    /// The database.
    var store: Store { get }
    /// A time for an action; each is later than the one before.
    var now: Int64 { get }
}

extension House {
    /// Somebody with a number and a device.
    package func person(_ name: String, device: String? = nil) async throws -> Requester {
        let user = try UserID(parsing: "@\(name):example.org")
        let number = try await store.write { try $0.intern(user) }
        return Requester(
            user: user, number: number, device: device ?? "\(name)-device",
            origin: Origin(address: "192.0.2.1", agent: "test", requestID: "1"))
    }
}

/// A house with rooms.
package protocol RoomHouse: House {
    /// What people do with rooms.
    var rooms: RoomActions { get }
}

extension RoomHouse {
    /// A room; anybody may join unless the wish says otherwise.
    package func room(by requester: Requester, _ change: (inout RoomWish) -> Void = { _ in }) async throws -> RoomID {
        var wish = RoomWish()
        wish.preset = .publicChat
        change(&wish)
        return try await rooms.create(wish, profile: Self.profile(requester), by: requester, at: now)
    }

    /// Lets somebody join.
    package func join(_ room: RoomID, _ requester: Requester) async throws {
        try await rooms.join(room, profile: Self.profile(requester), asGuest: false, by: requester, at: now)
    }

    /// Sends a text message; `more` is further JSON members of the content, beginning with a comma.
    @discardableResult
    package func say(
        _ text: String, in room: RoomID, by requester: Requester, _ more: String = "", transaction: String = UUID().uuidString
    ) async throws -> EventID {
        let content = try JSON(parsing: Array(#"{"body":"\#(text)","msgtype":"m.text"\#(more)}"#.utf8))
        return try await rooms.send(
            "m.room.message", content: content, transaction: transaction, in: room, by: requester, at: now)
    }

    /// Sets a piece of state.
    @discardableResult
    package func set(
        _ type: String, _ content: String, key: String = "", in room: RoomID, by requester: Requester
    ) async throws -> EventID {
        try await rooms.setState(
            type, stateKey: key, content: try JSON(parsing: Array(content.utf8)), in: room, by: requester, at: now)
    }

    /// How somebody shows up in rooms.
    package static func profile(_ requester: Requester) -> MemberProfile {
        MemberProfile(displayname: requester.user.localpart.capitalized, avatarURL: nil)
    }
}
