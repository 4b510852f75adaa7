import Rooms
import Testing

@Suite("Typing")
struct TypingTests {
    @Test("it begins once, goes on silently and ends by itself")
    func timeout() {
        let typing = Typing()
        #expect(typing.start(1, in: 7, timeout: 1_000, now: 0))
        #expect(typing.start(1, in: 7, timeout: 1_000, now: 500) == false)
        #expect(typing.expire(now: 1_200).isEmpty)
        #expect(typing.typists(in: 7) == [1])
        #expect(typing.expire(now: 1_500) == [7])
        #expect(typing.typists(in: 7).isEmpty)
        #expect(typing.expire(now: 9_999_999).isEmpty)
    }

    @Test("stopping tells once")
    func stopping() {
        let typing = Typing()
        #expect(typing.stop(1, in: 7) == false)
        _ = typing.start(1, in: 7, timeout: 1_000, now: 0)
        _ = typing.start(2, in: 7, timeout: 1_000, now: 0)
        #expect(typing.stop(1, in: 7))
        #expect(typing.typists(in: 7) == [2])
    }

    @Test("nobody types longer than the limit, whatever he asks for")
    func limit() {
        let typing = Typing()
        _ = typing.start(1, in: 7, timeout: .max / 4, now: 0)
        #expect(typing.expire(now: Typing.longestTimeout) == [7])
    }

    @Test("one call ends a bounded number of rooms, the next call the rest")
    func bounded() {
        let typing = Typing()
        for room in Int64(1)...2_500 { _ = typing.start(1, in: room, timeout: 10, now: 0) }
        var ended: [Int64] = []
        for _ in 0..<3 { ended += typing.expire(now: 10) }
        #expect(Set(ended).count == 2_500)
        #expect(typing.expire(now: 10).isEmpty)
    }
}
