import Matrix
import Rooms
import Storage

/// The end of a room's timeline as one answer gives it.
struct TimelineWindow {
    /// The events, oldest first.
    var events: [StoredEvent] = []
    /// Whether there are more that are wanted.
    var isLimited = false
    /// The answer's timeline begins after this position.
    var boundary: Int64
    /// Whether the events are all there are, so that no state can hide between them.
    var isComplete = false

    /// Nothing, at the end of the timeline.
    init(emptyAt end: Int64) { boundary = end }
}

extension SyncPass {
    /// The last events of a room with `after < position <= upTo` that the filter wants, as far as the answer has room for them.
    ///
    /// When it is full, a room still gets its last event; when it is full twice over, none.
    /// - Parameter history: what the reader may see; nil when everything of that stretch.
    func timeline(of room: Int64, _ roomID: RoomID, after: Int64, upTo: Int64, history: HistoryReader?) throws -> TimelineWindow {
        var window = TimelineWindow(emptyAt: upTo)
        let filter = request.filter.timeline
        var limit = filter.limit(usual: engine.limits.usualTimeline, largest: engine.limits.largestTimeline)
        if budget <= 0 { limit = min(limit, budget > -engine.limits.largestAnswer ? 1 : 0) }
        guard filter.admits(room: roomID.rawValue) else { return window }
        guard limit > 0 else {
            window.isLimited = try Timeline.last(in: room, upTo: upTo, tx).map { $0 > after } ?? false
            return window
        }
        let takesAll = filter.isOpen && history == nil && ignored.isEmpty
        var high = upTo
        var scanned = 0
        var bytes = 0
        var dropped = false
        scan: while true {
            let size = min(takesAll ? limit + 1 : max(limit + 1, 20), 100)
            let found = try Timeline.events(
                in: room, after: after, upTo: high, limit: size, newestFirst: true, cache: engine.cache, tx)
            for event in found {
                if let history, !history.maySee(event.position) {
                    // What lies before may be visible again; `/messages` finds it.
                    window.boundary = event.position
                    window.isLimited = true
                    break scan
                }
                guard try takesAll || filter.admits(event, ignoring: ignored) else {
                    dropped = true
                    continue
                }
                if window.events.count == limit || bytes >= budget && !window.events.isEmpty {
                    window.isLimited = true
                    window.boundary = (window.events.last?.position ?? upTo) - 1
                    break scan
                }
                window.events.append(event)
                bytes += event.client.count
            }
            scanned += found.count
            guard found.count == size, let last = found.last else {
                window.boundary = after
                break
            }
            high = last.position - 1
            if scanned >= engine.limits.scannedEvents {
                window.boundary = high
                window.isLimited = true
                break
            }
        }
        window.events.reverse()
        window.isComplete = !window.isLimited && !dropped
        return window
    }
}

extension RoomEventFilter {
    /// Whether an event is wanted; room and limit are not looked at. State of ignored people is never kept out.
    func admits(_ event: StoredEvent, ignoring ignored: Set<UserID> = []) throws -> Bool {
        if !event.isState, ignored.contains(event.sender) { return false }
        guard events.admits(type: event.type), events.admits(sender: event.sender.rawValue) else { return false }
        guard let containsURL else { return true }
        return try (event.content["url"]?.kind == .string) == containsURL
    }
}

extension EventSelection {
    /// The selection that the `filter` of `/messages` and `/context` describes.
    package init(_ filter: RoomEventFilter, in roomID: RoomID) {
        self.init(lazyLoadsMembers: filter.lazyLoadsMembers) { event in
            try filter.admits(room: roomID.rawValue) && filter.admits(event)
        }
    }
}
