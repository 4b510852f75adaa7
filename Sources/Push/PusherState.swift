import Rooms

/// What is known of a pusher besides what is stored.
struct PusherState: Sendable {
    /// Up to where the pusher was told, as it is stored.
    var position: Int64
    let setAt: Int64
    let isMail: Bool
    /// The events that it is to be told of, the oldest first.
    private(set) var pending: [Notified] = []
    var failures = 0
    var failingSince: Int64?
    /// The time of the next attempt; 0 for at once.
    var next: Int64 = 0
    /// The count that it was told last.
    var badge: Int
    /// Of mail: when what is pending may be sent.
    var mailableAt: Int64?
    var mailedAt: Int64 = 0
    /// Whether it is being told right now. What happens meanwhile is pending afterwards.
    private(set) var isBusy = false
}

extension PusherState {
    /// What is known of a pusher that is seen for the first time.
    init(_ stored: StoredPusher, badge: Int) {
        position = stored.position
        setAt = stored.setAt
        failingSince = stored.failingSince
        if case .email = stored.pusher.kind { isMail = true } else { isMail = false }
        self.badge = badge
    }

    /// When it may be told.
    var due: Int64 { max(next, mailableAt ?? 0) }

    /// Whether there is something to tell it.
    /// - Parameter unread: how much is unread.
    func wants(_ unread: Int) -> Bool { !pending.isEmpty || (!isMail && badge != unread) }

    /// Hands what is known over to whoever tells the pusher. What happens meanwhile is pending here.
    mutating func lend() -> PusherState {
        let lent = self
        (isBusy, pending) = (true, [])
        return lent
    }

    /// Takes in what happened; of too much the newest stays.
    mutating func add(_ events: [Notified]) {
        pending += events
        if pending.count > PushReading.mostPending { pending.removeFirst(pending.count - PushReading.mostPending) }
    }

    /// Lets events be pending no longer.
    mutating func drop(_ count: Int) { pending.removeFirst(count) }

    /// Begins to collect events for a mail, unless that is done already: as long as the operator wants, and an hour after the last
    /// mail at the earliest.
    mutating func collect(since now: Int64, for delay: Int64) {
        guard !pending.isEmpty, mailableAt == nil else { return }
        mailableAt = max(now + delay, mailedAt + PushFollower.hour)
    }
}
