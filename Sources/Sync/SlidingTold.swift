/// Which state of a room was told and is up to date. Rooms of which the same was told share one.
final class ToldState: Sendable {
    /// Nothing of it.
    static let nothing = ToldState(RequiredState())

    let wish: RequiredState
    /// About how much memory it takes, in names of at most 255 bytes.
    let weight: Int

    init(_ wish: RequiredState) {
        self.wish = wish
        weight = wish.count + wish.keys.count
    }
}

extension SlidingState {
    /// About how much memory it takes, in rooms and names of at most 255 bytes.
    var measured: Int {
        var seen: Set<ObjectIdentifier> = []
        return rooms.values.reduce(wish.weight + rooms.count) { sum, room in
            seen.insert(ObjectIdentifier(room.state)).inserted ? sum + room.state.weight : sum
        }
    }
}

extension SlidingPass {
    /// Pairs of earlier wishes that are remembered besides the present one: a room that is opened and closed again and again
    /// wants now more, now less, and a few more pairs are all that this takes.
    static let mostEarlierPairs = 100

    /// What was told of a room's state once its wish is fulfilled.
    /// - Parameter isWhole: whether everything that changed since was told, so that older wishes still hold.
    mutating func told(_ known: SentRoom?, _ wanted: RequiredState, isWhole: Bool) -> ToldState {
        guard let known, isWhole else { return shared(wanted) }
        let both = known.state.wish.union(wanted)
        if both == known.state.wish { return known.state }
        return shared(both.count <= wanted.count + Self.mostEarlierPairs ? both : wanted)
    }

    /// One value for all rooms of which the same was told, by this answer or by those before.
    private mutating func shared(_ wish: RequiredState) -> ToldState {
        if toldStates.isEmpty {
            toldStates[RequiredState()] = ToldState.nothing
            var seen: Set<ObjectIdentifier> = []
            for room in (from?.rooms ?? [:]).values where seen.insert(ObjectIdentifier(room.state)).inserted {
                toldStates[room.state.wish] = room.state
            }
        }
        if let known = toldStates[wish] { return known }
        let made = ToldState(wish)
        toldStates[wish] = made
        return made
    }
}
