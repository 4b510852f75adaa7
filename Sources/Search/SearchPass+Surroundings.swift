import Matrix
import Rooms

extension SearchPass {
    /// What is around a result, if it is wished for.
    func surroundings(of event: StoredEvent, _ reading: RoomReading) throws -> SearchPage.Surroundings? {
        guard let wanted = wish.surroundings else { return nil }
        let before = try HistoryPage.read(
            reading, from: event.position - 1, .backwards, limit: wanted.before, cache: cache, tx, where: { _ in true }
        ).events
        let after = try HistoryPage.read(
            reading, from: event.position, .forwards, limit: wanted.after, cache: cache, tx, where: { _ in true }
        ).events
        return SearchPage.Surroundings(
            start: HistoryToken(before: before.last?.position ?? event.position),
            end: HistoryToken(after: after.last?.position ?? event.position), before: try view(before, reading),
            after: try view(after, reading),
            profiles: wanted.includesProfiles ? try profiles(of: before + [event] + after, at: event, reading) : nil)
    }

    /// What the senders of events were called when the result was sent.
    private func profiles(of events: [StoredEvent], at result: StoredEvent, _ reading: RoomReading) throws -> [JoinedMember] {
        try Set(events.map(\.sender)).sorted().map { sender in
            let member = try StateQueries.at(
                reading.room, "m.room.member", sender.rawValue, result.position, cache: cache, tx)
            let content = try member?.content
            return JoinedMember(
                user: sender, displayName: content?["displayname"]?.string, avatarURL: content?["avatar_url"]?.string)
        }
    }

    /// The state of the rooms that have results, as the one who asks sees it.
    mutating func state(of hits: [Hit]) throws -> [(room: RoomID, events: [ViewedEvent])] {
        var state: [(room: RoomID, events: [ViewedEvent])] = []
        for room in Set(hits.map(\.candidate.room)).sorted() {
            guard let reading = try reading(room) else { continue }
            state.append((reading.roomID, try view(reading.state(cache: cache, tx), reading)))
        }
        return state
    }
}
