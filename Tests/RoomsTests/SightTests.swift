import Matrix
import Rooms
import TestHouse
import Testing

@Suite("What a reader sees, as stretches of positions")
struct SightTests {
    @Test("the stretches hold exactly what may be seen, up to the end", arguments: 0..<200 as Range<UInt64>)
    func property(seed: UInt64) {
        var dice = Dice(seed + 7)
        var memberships: [HistoryReader.Change<Membership>] = []
        var visibilities: [HistoryReader.Change<HistoryVisibility>] = []
        for position in Int64(1)...50 {
            switch Int.random(in: 0..<8, using: &dice) {
            case 0, 1:
                guard let next = [Membership.join, .leave, .invite, .ban, .knock].randomElement(using: &dice) else { continue }
                memberships.append(.init(position: position, value: next))
            case 2:
                guard let next = HistoryVisibility.allCases.randomElement(using: &dice) else { continue }
                visibilities.append(.init(position: position, value: next))
            default: break
            }
        }
        let reader = HistoryReader(memberships: memberships, visibilities: visibilities)
        let end = Int64.random(in: 1...60, using: &dice)
        let sight = Sight(reader, upTo: end)
        for position in Int64(1)...70 {
            let seen = sight.stretches.contains { $0.contains(position) }
            #expect(seen == (position <= end && reader.maySee(position)), "position \(position)")
        }
        for (one, next) in zip(sight.stretches, sight.stretches.dropFirst()) { #expect(one.upperBound + 1 < next.lowerBound) }
    }

    @Test("who was always there sees one stretch, and a stranger none")
    func simple() {
        let member = HistoryReader(
            memberships: [.init(position: 1, value: .join)], visibilities: [.init(position: 2, value: .joined)])
        #expect(Sight(member, upTo: .max).stretches == [1...Int64.max])
        #expect(Sight(HistoryReader(memberships: [], visibilities: []), upTo: .max).stretches.isEmpty)
    }
}
