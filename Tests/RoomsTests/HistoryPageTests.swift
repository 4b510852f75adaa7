import Audit
import Matrix
import Rooms
import TestHouse
import Testing

@Suite("GET /rooms/{roomId}/messages: pages")
struct HistoryPageTests {
    @Test("pages of every size add up to the history, in both directions")
    func pages() async throws {
        let house = try RoomsHouse()
        let alice = try await house.person("alice")
        let room = try await house.room(by: alice)
        for number in 1...25 { try await house.say("\(number)", in: room, by: alice) }
        let everything = try await house.history(room, for: alice).map(\.eventID)
        for limit in [1, 2, 3, 7, 24, 25, 26, 1000] {
            #expect(try await house.history(room, for: alice, page: limit).map(\.eventID) == everything)
            var forwards: [EventID] = []
            var from: HistoryToken?
            repeat {
                let page = try await house.reads.messages(
                    MessagesWish(from: from, to: nil, .forwards, limit: limit), in: room, by: alice, at: house.now)
                forwards += page.chunk.map(\.event.eventID)
                from = page.end
            } while from != nil
            #expect(forwards == everything)
        }
    }

    @Test("a filter that matches nothing answers an empty page, and the end is reached")
    func emptyFilter() async throws {
        let house = try RoomsHouse()
        let alice = try await house.person("alice")
        let room = try await house.room(by: alice)
        for number in 1...10 { try await house.say("\(number)", in: room, by: alice) }
        let page = try await house.reads.messages(
            MessagesWish(from: nil, to: nil, .backwards, limit: 5, selection: EventSelection { _ in false }), in: room, by: alice,
            at: house.now)
        #expect(page.chunk.isEmpty)
        #expect(page.end == nil)
    }

    @Test("lazy loading brings the members who speak, and nobody else")
    func lazyMembers() async throws {
        let house = try RoomsHouse()
        let (alice, bob, mallory) = (
            try await house.person("alice"), try await house.person("bob"), try await house.person("mallory")
        )
        let room = try await house.room(by: alice)
        try await house.join(room, bob)
        try await house.join(room, mallory)
        try await house.say("hello", in: room, by: bob)
        let page = try await house.reads.messages(
            MessagesWish(from: nil, to: nil, .backwards, limit: 1, selection: EventSelection(lazyLoadsMembers: true)), in: room,
            by: alice, at: house.now)
        #expect(page.state.map(\.event.stateKey) == [bob.user.rawValue])
    }

    @Test("what people see is what the rules say, over random lives of a room", arguments: 1...12 as ClosedRange<UInt64>)
    func property(seed: UInt64) async throws {
        let house = try RoomsHouse(version: [.v10, .v11, .v12][Int(seed % 3)])
        var dice = Dice(seed)
        let alice = try await house.person("alice")
        let others = [try await house.person("bob"), try await house.person("mallory"), try await house.person("carol")]
        let room = try await house.room(by: alice)
        for step in 0..<60 {
            guard let other = others.randomElement(using: &dice) else { continue }
            // What the rules of the room refuse is no part of its history.
            switch Int.random(in: 0..<9, using: &dice) {
            case 0, 1: try? await house.join(room, other)
            case 2: try? await house.rooms.leave(room, reason: nil, by: other, at: house.now)
            case 3:
                try? await house.rooms.invite(
                    other.user, to: room, profile: MemberProfile(displayname: nil, avatarURL: nil), reason: nil, by: alice,
                    at: house.now)
            case 4: try? await house.rooms.kick(other.user, from: room, reason: nil, by: alice, at: house.now)
            case 5:
                guard let word = HistoryVisibility.allCases.randomElement(using: &dice)?.rawValue else { continue }
                try await house.set("m.room.history_visibility", #"{"history_visibility":"\#(word)"}"#, in: room, by: alice)
            default: try await house.say("\(step)", in: room, by: alice)
            }
        }
        let everything = try await house.history(room, for: alice)
        let nobody = try await house.person("dora")
        for reader in others + [nobody] {
            let expected = try model(everything, for: reader)
            do {
                let seen = try await house.history(room, for: reader, page: Int.random(in: 1...20, using: &dice))
                #expect(seen.map(\.eventID) == expected.events.map(\.eventID), "\(seed) \(reader.user)")
                #expect(expected.mayOpen, "\(seed) \(reader.user)")
            } catch RoomReadError.notVisible {
                #expect(!expected.mayOpen, "\(seed) \(reader.user)")
            }
        }
    }

    /// What somebody sees of a history by the plain model: nothing at all unless joined now or earlier, or the room is open now.
    private func model(_ history: [StoredEvent], for reader: Requester) throws -> (events: [StoredEvent], mayOpen: Bool) {
        var model = Model()
        var wasJoined = false
        var visibility = HistoryVisibility.shared
        for event in history {
            var changed: HistoryVisibility?
            var membership: Membership?
            if event.type == "m.room.history_visibility" {
                changed = HistoryVisibility(understanding: try event.content["history_visibility"]?.string)
                visibility = changed ?? visibility
            }
            if event.type == "m.room.member", event.stateKey == reader.user.rawValue {
                membership = try event.content["membership"]?.string.flatMap(Membership.init(rawValue:))
                wasJoined = wasJoined || membership == .join
            }
            model.append(event.position, visibility: changed, membership: membership)
        }
        let isJoined = model.events.last?.membership.after == .join
        let leave = model.events.last { $0.membership.before == .join && $0.membership.after != .join }?.position ?? 0
        let end = isJoined || visibility == .worldReadable ? Int64.max : leave
        let seen = zip(history, model.events).filter { model.sees($0.1) && $0.1.position <= end }.map(\.0)
        return (seen, wasJoined || visibility == .worldReadable)
    }
}
