import Matrix
import Rooms
import Storage

extension SyncPass {
    /// Which of the members an answer tells of when it loads them lazily.
    struct MemberWish {
        /// The members that the timeline and the summary need, by name.
        var needed: Set<UserID> = []
        /// Whether the answer gives the whole state.
        let isWhole: Bool
    }

    /// Opens the state that the filter wants, oldest first.
    /// - Parameters:
    ///   - end: the end of the stretch that the answer is about.
    ///   - start: where the timeline begins; with `state_after`, its end.
    func stateEvents(
        _ section: StateSection, of room: RoomCase, _ window: TimelineWindow, start: Int64, wish: MemberWish
    ) throws -> [StoredEvent] {
        let filter = request.filter.state
        guard filter.admits(room: room.roomID.rawValue) else { return [] }
        var entries = section.entries
        if filter.lazyLoadsMembers { entries = try lazily(entries, of: room, window, start: start, wish: wish) }
        entries.removeAll { !$0.type.hasPrefix("~") && !filter.events.admits(type: $0.type) }
        let positions = entries.map(\.position).sorted()
        return try Timeline.events(at: positions, cache: engine.cache, tx).filter { try filter.admits($0) }
    }

    /// Takes out members that are not needed, and adds needed ones that the device does not know.
    private func lazily(
        _ entries: [StateSection.Entry], of room: RoomCase, _ window: TimelineWindow, start: Int64, wish: MemberWish
    ) throws -> [StateSection.Entry] {
        let (user, device, since) = (request.number, request.device, since?.position ?? 0)
        var rest = entries.filter { $0.type != Self.memberType }
        let given = entries.filter { $0.type == Self.memberType }
        var told: [Int64: Int64] = [:]
        for event in window.events where event.type == Self.memberType {
            if let member = try event.stateKey.flatMap(number(named:)) { told[member] = event.position }
        }
        if wish.isWhole {
            // Whoever left and came back between two answers may still know members as they were before.
            rest += since > 0 ? given.filter { $0.position > since } : []
            let byTag = Dictionary(given.map { ($0.tag, $0) }) { first, _ in first }
            for name in wish.needed {
                guard let member = try tx.number(of: name), let entry = byTag[tx.tag(name.rawValue, .stateKey)] else { continue }
                if since == 0 || entry.position <= since { rest.append(entry) }
                told[member] = told[member] ?? entry.position
            }
        } else {
            // What changed unseen in the gap is told in any case.
            rest += given
            var missing: [Int64: Int64] = [:]
            let tags = Set(given.map(\.tag))
            for name in wish.needed where !tags.contains(tx.tag(name.rawValue, .stateKey)) {
                guard let member = try tx.number(of: name),
                    let position = try memberPosition(of: member, in: room.number, upTo: start)
                else { continue }
                missing[member] = position
            }
            if !request.filter.state.includesRedundantMembers {
                missing = engine.lazyMembers.unknown(missing, in: room.number, to: user, device, since: since)
            }
            for (member, position) in missing {
                rest.append(StateSection.Entry(type: Self.memberType, tag: [], position: position))
                told[member] = told[member] ?? position
            }
        }
        engine.lazyMembers.note(told, in: room.number, to: user, device, mark: mark.position, anew: wish.isWhole)
        return rest
    }

    /// Where the last member event of somebody lies, up to a position.
    func memberPosition(of member: Int64, in room: Int64, upTo: Int64) throws -> Int64? {
        try tx.first(
            """
            SELECT position FROM membership_changes WHERE room = ? AND "user" = ? AND position <= ?
            ORDER BY position DESC LIMIT 1
            """, .int(room), .int(member), .int(upTo))?.int(0)
    }

    private func number(named name: String) throws -> Int64? {
        // What is no user ID is no member.
        guard let user = try? UserID(parsing: name) else { return nil }
        return try tx.number(of: user)
    }

    static let memberType = "m.room.member"
}
