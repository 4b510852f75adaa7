import Rooms
import Testing

@Suite("the hub")
struct StreamHubTests {
    private let hub = StreamHub(position: 10, serial: 100)

    private func wait(_ user: Int64, _ mark: StreamMark? = nil, device: String? = nil) -> Task<StreamHub.Wakeup, Never> {
        let mark = mark ?? hub.mark
        return Task { await hub.wait(user: user, device: device, after: mark, until: 1_000) }
    }

    private func settled(_ count: Int) async throws {
        for _ in 0..<1_000 where hub.waiting != count { try await Task.sleep(for: .milliseconds(1)) }
        #expect(hub.waiting == count)
    }

    @Test("an event wakes those who see it and nobody else")
    func waking() async throws {
        let (alice, bob) = (wait(1), wait(2))
        try await settled(2)
        hub.eventsAppended(room: 5, position: 11, wake: [1])
        #expect(await alice.value == .news)
        try await settled(1)
        hub.tick(now: 1_000)
        #expect(await bob.value == .timeout)
    }

    @Test("what happened before the wait ends it at once")
    func late() async {
        let mark = hub.mark
        hub.userChanged(1, position: 11)
        #expect(await wait(1, mark).value == .news)
        hub.typingChanged(in: 3, wake: [2])
        #expect(await wait(2, mark).value == .news)
    }

    @Test("a wait ends when its task is cancelled, its session ends or the server drains")
    func endings() async throws {
        let (gone, phone, laptop) = (wait(1), wait(2, device: "phone"), wait(2, device: "laptop"))
        try await settled(3)
        gone.cancel()
        #expect(await gone.value == .draining)
        hub.endSession(user: 2, device: "phone")
        #expect(await phone.value == .sessionEnded)
        try await settled(1)
        hub.drain()
        #expect(await laptop.value == .draining)
        #expect(await wait(3).value == .draining)
        #expect(hub.waiting == 0)
    }

    @Test("who is released is told so, and may wait again")
    func released() async throws {
        let (phone, pusher, other) = (wait(1, device: "phone"), wait(1), wait(2))
        try await settled(3)
        hub.release(user: 1)
        #expect(await phone.value == .released)
        #expect(await pusher.value == .released)
        let again = wait(1)
        try await settled(2)
        hub.userChanged(1, position: 11)
        #expect(await again.value == .news)
        hub.drain()
        #expect(await other.value == .draining)
    }

    @Test("a wait ends when the caller hangs up, and does not begin when he has")
    func hangUp() async throws {
        let caller = HangUp()
        let (gone, stays) = (HangUp.$current.withValue(caller) { wait(1) }, wait(1))
        try await settled(2)
        caller.tell()
        #expect(await gone.value == .draining)
        #expect(hub.waiting == 1)
        #expect(await HangUp.$current.withValue(caller) { wait(1) }.value == .draining)
        stays.cancel()
        #expect(await stays.value == .draining)
    }

    @Test("a deadline is kept to the tick")
    func deadlines() async throws {
        let waiting = wait(1)
        try await settled(1)
        hub.tick(now: 999)
        #expect(hub.waiting == 1)
        hub.tick(now: 1_000)
        #expect(await waiting.value == .timeout)
    }

    @Test("news are the rooms that changed since, once the person's rooms are known")
    func news() {
        let since = hub.mark
        #expect(hub.news(for: 1, since: since).rooms == nil)
        hub.watch(1)
        #expect(hub.news(for: 1, since: since).rooms == nil)
        hub.remember([5, 6], of: 1)
        #expect(hub.news(for: 1, since: since).rooms?.isEmpty == true)
        #expect(!hub.hasNews(for: 1, since: since))
        hub.eventsAppended(room: 5, position: 11, wake: [1])
        hub.eventsAppended(room: 7, position: 12, wake: [1, 2])
        hub.receiptsChanged(room: 6, position: 13, wake: [1])
        let news = hub.news(for: 1, since: since)
        #expect(Set(news.rooms?.map(\.room) ?? []) == [5, 6, 7])
        #expect(news.mark.position == 13 && hub.hasNews(for: 1, since: since))
        #expect(hub.news(for: 1, since: news.mark).rooms?.isEmpty == true)
        #expect(hub.news(for: 1, since: StreamMark(position: 9, serial: 0)).rooms == nil)
    }

    @Test("a room that was left is dropped for those who know it, unless something happened there meanwhile")
    func dropping() {
        hub.watch(1)
        hub.remember([5], of: 1)
        let mark = hub.mark
        hub.eventsAppended(room: 5, position: 11, wake: [1])
        hub.drop(5, of: 1, seenAt: mark)
        #expect(hub.news(for: 1, since: mark).rooms?.count == 1)
        let left = hub.mark
        hub.drop(5, of: 1, seenAt: left)
        #expect(hub.news(for: 1, since: left).rooms?.isEmpty == true)
        // Another device, which asks from before the leaving, has yet to hear of it.
        #expect(hub.news(for: 1, since: mark).rooms?.map(\.room) == [5])
    }
}
