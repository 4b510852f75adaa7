import Matrix
import Rooms
import Storage

extension SlidingPass {
    /// Writes in which threads something was said that the answer does not give anyway, or in which anything was said if their
    /// beginnings are wanted, too; returns whether there are any.
    ///
    /// [Proposal](https://github.com/matrix-org/matrix-spec-proposals/pull/4360)
    mutating func appendThreads(_ wish: SlidingWish.Threads, to extensions: inout JSONWriter) throws -> Bool {
        let told = next.threads
        next.threads = mark.position
        var search = ThreadSearch(of: user, after: told ?? 0, upTo: mark.position, limit: wish.limit)
        if let told {
            let place = StreamMark(position: told, serial: mark.serial)
            search.rooms = base.engine.hub.news(for: user, since: place).rooms?.filter(\.events).map(\.room)
        }
        if !wish.includesRoots { search.shown = shown.mapValues(\.boundary) }
        let found = try ThreadUpdates(
            search, ignoring: base.ignored, viewer: wish.includesRoots ? base.viewer : nil, cache: base.engine.cache, tx)
        guard !found.threads.isEmpty else { return false }
        try extensions.memberObject(SlidingWish.Threads.name) { object in
            try found.append(as: "updates", namesRooms: false, to: &object)
            if let next = found.next { object.member("prev_batch", next.description) }
        }
        return true
    }
}
