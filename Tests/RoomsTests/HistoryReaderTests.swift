import Matrix
import Rooms
import TestHouse
import Testing

/// The server's rules of the history visibility module, word by word.
@Suite("Room history visibility")
struct HistoryReaderTests {
    typealias Change = HistoryReader.Change

    @Test("an event while the history is world readable is seen by people who never joined")
    func worldReadable() {
        let reader = reader(visibilities: [(5, .worldReadable), (10, .joined)])
        #expect([4, 5, 6, 9, 10, 11].map { reader.maySee($0) } == [false, true, true, true, true, false])
    }

    @Test("shared history from before the join is seen after it")
    func shared() {
        let reader = reader([(10, .join)], visibilities: [(1, .shared)])
        #expect(reader.maySee(3))
        #expect(self.reader([(10, .invite)], visibilities: [(1, .shared)]).maySee(3) == false)
    }

    @Test("invited people see from their invitation on, once it says so")
    func invited() {
        let reader = reader([(10, .invite), (20, .join), (30, .leave)], visibilities: [(1, .invited)])
        #expect([9, 10, 15, 20, 25, 30, 31].map { reader.maySee($0) } == [false, true, true, true, true, true, false])
    }

    @Test("joined history begins with the join and ends with the leave, both included")
    func joined() {
        let reader = reader([(5, .invite), (10, .join), (20, .leave)], visibilities: [(1, .joined)])
        #expect([7, 9, 10, 15, 20, 21].map { reader.maySee($0) } == [false, false, true, true, true, false])
    }

    @Test("who left sees nothing newer, and who came back sees what was shared meanwhile")
    func rejoin() {
        #expect(reader([(10, .join), (20, .leave)], visibilities: [(1, .shared)]).maySee(25) == false)
        #expect(reader([(10, .join), (20, .leave), (30, .join)], visibilities: [(1, .shared)]).maySee(25))
        #expect(reader([(10, .join), (20, .leave), (30, .join)], visibilities: [(1, .joined)]).maySee(25) == false)
        #expect(reader([(10, .join), (20, .leave), (30, .ban)], visibilities: [(1, .shared)]).departure == 20)
    }

    @Test("without a setting, and with one that nobody understands, history is shared")
    func defaults() {
        #expect(reader([(10, .join)], visibilities: []).maySee(3))
        #expect(HistoryVisibility(understanding: "for friends") == .shared)
        #expect(HistoryVisibility(understanding: nil) == .shared)
    }

    @Test("random histories are seen exactly as the rules say", arguments: 0..<200 as Range<UInt64>)
    func property(seed: UInt64) {
        var dice = Dice(seed + 1)
        var memberships: [(Int64, Membership)] = []
        var visibilities: [(Int64, HistoryVisibility)] = []
        var model = Model()
        for position in Int64(1)...60 {
            switch Int.random(in: 0..<10, using: &dice) {
            case 0, 1:
                guard let next = [Membership.join, .leave, .invite, .ban, .knock].randomElement(using: &dice) else { continue }
                memberships.append((position, next))
                model.append(position, membership: next)
            case 2:
                guard let next = HistoryVisibility.allCases.randomElement(using: &dice) else { continue }
                visibilities.append((position, next))
                model.append(position, visibility: next)
            default: model.append(position)
            }
        }
        let reader = reader(memberships, visibilities: visibilities)
        for event in model.events { #expect(reader.maySee(event.position) == model.sees(event), "\(seed): \(event)") }
    }

    private func reader(
        _ memberships: [(Int64, Membership)] = [], visibilities: [(Int64, HistoryVisibility)]
    ) -> HistoryReader {
        HistoryReader(
            memberships: memberships.map { Change(position: $0.0, value: $0.1) },
            visibilities: visibilities.map { Change(position: $0.0, value: $0.1) })
    }
}

/// A room as a plain list: each event carries what was so before and after it.
struct Model {
    struct Event {
        let position: Int64
        let visibility: (before: HistoryVisibility, after: HistoryVisibility)
        let membership: (before: Membership?, after: Membership?)
    }

    private(set) var events: [Event] = []
    private var visibility = HistoryVisibility.shared
    private var membership: Membership?

    mutating func append(_ position: Int64, visibility: HistoryVisibility? = nil, membership: Membership? = nil) {
        let next = (visibility ?? self.visibility, membership ?? self.membership)
        events.append(Event(position: position, visibility: (self.visibility, next.0), membership: (self.membership, next.1)))
        (self.visibility, self.membership) = next
    }

    func sees(_ event: Event) -> Bool {
        let joinsLater = events.contains {
            $0.position > event.position && $0.membership.after == .join && $0.membership.before != .join
        }
        return [event.visibility.before, event.visibility.after].contains { visibility in
            [event.membership.before, event.membership.after].contains { membership in
                switch (visibility, membership) {
                case (.worldReadable, _), (_, .join): true
                case (.shared, _) where joinsLater: true
                case (.invited, .invite): true
                default: false
                }
            }
        }
    }
}
