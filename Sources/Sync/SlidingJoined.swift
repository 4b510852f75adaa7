import Matrix
import Rooms
import Storage

extension SlidingPass {
    /// What of the state a room's part gives.
    private struct StateNews {
        var positions: Set<Int64> = []
        var movesMembers = false
        var movesName = false
        var movesAvatar = false
        /// Whether everything that changed was told, so that older wishes for state still hold.
        var isWhole = true
    }

    /// Tells of a room that the reader is in what is new; returns whether there was anything.
    mutating func appendJoined(_ room: Wanted, _ sent: SentRoom?, to rooms: inout JSONWriter) throws -> Bool {
        let number = room.row.room
        let standing = try standing(room.row, since: sent?.position)
        let known = sent.flatMap { $0.membership == .join && standing.stayedJoined ? $0 : nil }
        let isDirect = personal.direct.contains(number)
        let readsOn = try known.map { try hasReadOn($0, number) } ?? true
        let hasEvents = known.map { room.row.activity > $0.position } ?? true
        let isExpanded = known.map { room.detail.limit > $0.shown } ?? false
        let wantsMore = known.map { !$0.state.wish.covers(room.detail.state) } ?? true
        var now = known ?? SentRoom(membership: .join, position: mark.position)
        if known == nil { now.data = sent?.data }
        now.countedUpTo = mark.position
        guard hasEvents || isExpanded || wantsMore || readsOn || known?.isDirect != isDirect else {
            next.rooms[number] = now
            return false
        }

        var result = SlidingRoom(room, try tx.room(number))
        result.isInitial = known == nil
        result.isExpanded = isExpanded
        if known?.isDirect ?? false != isDirect { result.isDirect = isDirect }
        let after = isExpanded ? 0 : known?.position ?? 0
        let place = RoomCase(
            number: number, roomID: result.roomID, standing: after == 0 ? try self.standing(room.row, since: nil) : standing,
            events: true, receipts: false, typing: false)
        var window = TimelineWindow(emptyAt: mark.position)
        if hasEvents || isExpanded {
            base.request.filter.timeline.events.limit = room.detail.limit
            window = try base.timeline(
                of: number, result.roomID, after: after, upTo: mark.position, history: try base.history(of: place, after: after))
            if room.detail.limit > 0 {
                result.window = window
                result.live = from.map { from in window.events.count { $0.position > from.mark.position } } ?? 0
                shown[number] = window
            }
        }
        let state = try stateNews(room, known, window)
        result.state = try Timeline.events(at: state.positions.sorted(), cache: base.engine.cache, tx)
        try describe(&result, number, state, isNew: known == nil)
        if hasEvents || known == nil { result.bump = try base.engine.sliding.facts.bump(of: number, upTo: mark.position, tx) }
        result.unread = try base.engine.unread.count(room: number, user: user, upTo: mark.position, tx)

        now.position = mark.position
        now.isDirect = isDirect
        now.state = told(known, room.detail.state, isWhole: state.isWhole)
        if hasEvents || isExpanded {
            now.shown = shownAfter(window, known: isExpanded ? nil : known, limit: room.detail.limit, startsAnew: after == 0)
        }
        next.rooms[number] = now
        try base.append(result, of: place, to: &rooms)
        return true
    }

    /// The reader's place in a room, and how it came about since a position.
    func standing(_ row: SlidingRow, since: Int64?) throws -> Standing {
        var look = base
        look.since = since.map { StreamMark(position: $0, serial: 0) }
        return try look.standing(row.membershipRow(of: user))
            ?? Standing(membership: row.membership, position: row.position, isForgotten: row.isForgotten, before: nil, since: [])
    }

    /// Whether the reader's own receipt moved since the unread counts were told.
    private func hasReadOn(_ known: SentRoom, _ room: Int64) throws -> Bool {
        guard let moved = news[room]?.receipt, moved > known.countedUpTo else { return false }
        return try SlidingQueries.ownReceiptMoved(user, in: room, after: known.countedUpTo, tx)
    }

    /// How many of the last events the client has without a gap.
    private func shownAfter(_ window: TimelineWindow, known: SentRoom?, limit: Int, startsAnew: Bool) -> Int {
        if window.isLimited { return limit }
        if startsAnew { return .max }
        guard let known, known.shown < .max else { return .max }
        return known.shown + window.events.count
    }

    /// Which state events are news: what changed, what was not wanted before, and the members that the timeline needs.
    private mutating func stateNews(_ room: Wanted, _ known: SentRoom?, _ window: TimelineWindow) throws -> StateNews {
        var news = StateNews()
        let number = room.row.room
        let wanted = selector(room.detail.state)
        var members: [StateEntry] = []
        if let known {
            let changes =
                try room.row.activity > known.position
                ? StateQueries.entries(of: number, changedAfter: known.position, upTo: mark.position, tx) : []
            for change in changes {
                if change.type == SyncPass.memberType {
                    news.movesMembers = true
                    members.append(change)
                }
                if change.type == "m.room.name" { news.movesName = true }
                if change.type == "m.room.avatar" { news.movesAvatar = true }
                if wanted.admits(change) { news.positions.insert(change.position) } else { news.isWhole = false }
            }
            if !known.state.wish.covers(room.detail.state) {
                let had = selector(known.state.wish)
                for entry in try SlidingQueries.state(of: number, wanted, upTo: mark.position, tx) where !had.admits(entry) {
                    news.positions.insert(entry.position)
                }
            }
        } else {
            news.positions = Set(try SlidingQueries.state(of: number, wanted, upTo: mark.position, tx).map(\.position))
        }
        if room.detail.state.loadsMembersLazily {
            // Without a gap all changes are told, so that a client that asked for all members stays up to date.
            if known != nil, !window.isLimited { news.positions.formUnion(members.map(\.position)) }
            news.positions.formUnion(try neededMembers(number, window, upTo: mark.position, isNew: known == nil))
        }
        return news
    }

    /// Where the members lie, as of a position, whom the timeline needs and the client does not know.
    func neededMembers(_ room: Int64, _ window: TimelineWindow, upTo end: Int64, isNew: Bool) throws -> [Int64] {
        var names = Set(window.events.map(\.sender))
        for event in window.events where event.type == SyncPass.memberType {
            // What is no user ID is no member.
            if let target = event.stateKey.flatMap({ try? UserID(parsing: $0) }) { names.insert(target) }
        }
        var needed: [Int64: Int64] = [:]
        for name in names {
            guard let member = try tx.number(of: name),
                let position = try base.memberPosition(of: member, in: room, upTo: end)
            else { continue }
            needed[member] = position
        }
        let memory = base.engine.sliding.members
        let unknown =
            isNew ? needed : memory.unknown(needed, in: room, to: user, key.memberKey, since: from?.answer ?? 0)
        memory.note(needed, in: room, to: user, key.memberKey, mark: next.answer, anew: isNew)
        return Array(unknown.values)
    }

    /// Adds name, picture, heroes and counts where they may have changed.
    private func describe(_ result: inout SlidingRoom, _ room: Int64, _ state: StateNews, isNew: Bool) throws {
        guard isNew || state.movesName || state.movesAvatar || state.movesMembers else { return }
        let end = mark.position
        let name = try base.piece("m.room.name", of: room, upTo: end)?.content["name"]?.string.flatMap { $0.isEmpty ? nil : $0 }
        if isNew ? name != nil : state.movesName { result.name = .some(name) }
        if isNew || state.movesAvatar {
            let avatar = try base.piece("m.room.avatar", of: room, upTo: end)?.content["url"]?.string
            if !isNew || avatar != nil { result.avatar = .some(avatar.flatMap { $0.isEmpty ? nil : $0 }) }
        }
        guard isNew || state.movesMembers || state.movesName else { return }
        if name == nil {
            let summary = try RoomSummary(of: room, for: user, tx)
            result.joined = summary.joined
            result.invited = summary.invited
            result.heroes = try summary.heroes.map { try hero($0, room) }
        } else {
            result.joined = try MembershipQueries.count(of: room, .join, tx)
            result.invited = try MembershipQueries.count(of: room, .invite, tx)
        }
    }

    private func hero(_ member: Int64, _ room: Int64) throws -> SlidingRoom.Hero {
        let name = try tx.user(member)
        let content = try StateQueries.current(room, SyncPass.memberType, name.rawValue, cache: base.engine.cache, tx)?.content
        return SlidingRoom.Hero(user: name, name: content?["displayname"]?.string, avatar: content?["avatar_url"]?.string)
    }
}
