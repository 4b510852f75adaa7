import Logging
import Matrix
import Rooms
import Storage

/// Follows one person and has the person's pushers told, each by itself: one that hangs keeps no other from being told.
///
/// What is durable is up to where each pusher was told. A pusher that cannot be told is tried again after 1, 2, 4 … seconds, at
/// most an hour; what it could not be told of within a day is dropped, and from then on each attempt is an hour after the last.
struct PushFollower {
    private enum Outcome: Sendable {
        case woke(StreamHub.Wakeup, deadline: Int64)
        case told(PusherTelling.Report)
    }

    private let person: Int64
    private let service: PushService
    private var user: UserID?
    private var states: [[UInt8]: PusherState] = [:]
    private var unread: [Int64: Int] = [:]
    private var looked: StreamMark?
    /// How many pushers are being told.
    private var telling = 0
    /// The deadlines of the waits under way, each before those that began earlier.
    private var deadlines: [Int64] = []

    static let hour: Int64 = 3_600_000
    /// How many pushers of the person are told at once.
    private static let mostAtOnce = 8

    init(_ person: Int64, _ service: PushService) {
        self.person = person
        self.service = service
    }

    /// Follows until the person has no pushers any more, the server stops, or the task is cancelled.
    /// - Returns: whether the service knows already that the person is not followed any more.
    mutating func run() async -> Bool {
        await withTaskGroup(of: Outcome.self) { group in
            defer { group.cancelAll() }
            while !Task.isCancelled {
                let changes = service.changes(of: person)
                let mark = service.hub.mark
                var retry = Self.hour / 2
                do {
                    let pushers = try await look(upTo: mark)
                    if pushers.isEmpty, telling == 0 {
                        if service.unfollow(person, unlessChangedSince: changes) { return true }
                        continue
                    }
                    for stored in pushers { begin(stored, upTo: mark, in: &group) }
                } catch is CancellationError { return false } catch {
                    service.logger.warning("pushers were not told", metadata: ["error": "\(type(of: error))"])
                    retry = 5_000
                }
                let now = service.now()
                wait(after: mark, until: min(max(due, now + 50), now + retry), in: &group)
                guard let outcome = await group.next(), take(outcome) else { return false }
            }
            return false
        }
    }

    /// When a pusher is to be told though nothing happens.
    private var due: Int64 {
        // Whoever finishes wakes the loop, so what has to wait for that needs no deadline.
        guard telling < Self.mostAtOnce else { return .max }
        return states.values.filter { !$0.isBusy && $0.wants(total) }.map(\.due).min() ?? .max
    }

    private var total: Int { unread.values.reduce(0, +) }

    /// Waits for news, unless that is done already and ends soon enough. A later wait never takes an earlier one's place: those
    /// end by themselves.
    private mutating func wait(after mark: StreamMark, until deadline: Int64, in group: inout TaskGroup<Outcome>) {
        guard deadline < deadlines.last ?? .max else { return }
        deadlines.append(deadline)
        let (hub, person) = (service.hub, person)
        group.addTask {
            .woke(await hub.wait(user: person, device: nil, after: mark, until: deadline), deadline: deadline)
        }
    }

    /// Takes in what a task came to; says whether to go on.
    private mutating func take(_ outcome: Outcome) -> Bool {
        switch outcome {
        case .woke(let wakeup, let deadline):
            deadlines.removeAll { $0 == deadline }
            return wakeup != .draining
        case .told(let report):
            telling -= 1
            // A pusher that was removed or set anew meanwhile is another one.
            guard let state = states[report.tag], state.setAt == report.setAt, state.isBusy else { return true }
            states[report.tag] = report.state.map { told in
                var told = told
                told.add(state.pending)
                return told
            }
            return true
        }
    }

    /// Has a pusher told, if there is something to tell and it is time.
    private mutating func begin(_ stored: StoredPusher, upTo mark: StreamMark, in group: inout TaskGroup<Outcome>) {
        guard let user, var state = states[stored.tag], !state.isBusy, telling < Self.mostAtOnce else { return }
        guard state.wants(total), state.due <= service.now() else { return }
        let task = PusherTelling(stored, state.lend(), user, service, upTo: mark.position, unread: total)
        states[stored.tag] = state
        telling += 1
        group.addTask {
            var task = task
            return .told(await task.run())
        }
    }
}

// What happened
extension PushFollower {
    /// Takes in what happened since the last look.
    private mutating func look(upTo mark: StreamMark) async throws -> [StoredPusher] {
        if user == nil { user = try await service.store.read { [person] tx in try tx.user(person) } }
        let rooms = try await changedRooms()
        let look = try await service.reading.look(
            person, rooms: rooms, told: states.mapValues(\.position), after: looked?.position ?? mark.position,
            upTo: mark.position)
        if rooms == nil { unread = [:] }
        for (room, count) in look.unread { unread[room] = count == 0 ? nil : count }
        let tags = Set(look.pushers.map(\.tag))
        states = states.filter { tags.contains($0.key) }
        for stored in look.pushers {
            var state = states[stored.tag].flatMap { $0.setAt == stored.setAt ? $0 : nil } ?? PusherState(stored, badge: total)
            if service.canTell(stored.pusher.kind) { state.add(look.events[stored.tag] ?? []) }
            if state.isMail { state.collect(since: service.now(), for: service.policy.mailDelay) }
            states[stored.tag] = state
        }
        looked = mark
        return look.pushers
    }

    /// The rooms in which something happened since the last look; `nil` when they are not known.
    private func changedRooms() async throws -> [Int64]? {
        guard let looked else {
            try await service.hub.learnRooms(of: person, from: service.store)
            return nil
        }
        return service.hub.news(for: person, since: looked).rooms?.map(\.room)
    }
}
