import Matrix
import Storage

/// Whom an event notifies, by everybody's push rules: what it is to all, and how it differs for some.
///
/// Members with the server's rules share one verdict and cost nothing each, unless the event names them. The others are asked in
/// groups of equal rules. What differs from the shared verdict, or from silence for those whose rules silence the room, is kept
/// as a row for each person. See [0016](../../docs/adr/0016-notifications-are-differences.md).
struct Attention {
    /// What the event is to one person besides what it is to all.
    struct Difference: Equatable {
        let user: Int64
        let notifies: Int64
        let highlights: Int64
    }

    /// Stands for everybody in a ``Difference``.
    static let everybody: Int64 = 0

    /// Whether the event notifies those for whom nothing else is said.
    let notifies: Bool
    /// What is kept in `attention`.
    let differences: [Difference]

    /// Judges an event that is about to be appended.
    /// - Parameter state: the room before the event.
    init(of pdu: PDU, in state: RoomState, sender: Int64, _ tx: Transaction) throws {
        var judge = Judge(pdu, state, sender)
        let shared = judge.evaluation.verdict(PushAudience.standard, for: nil)
        try judge.judge(shared, tx)
        notifies = shared.notifies
        differences = judge.differences.sorted { $0.key < $1.key }.map {
            Difference(user: $0.key, notifies: $0.value.notifies, highlights: $0.value.highlights)
        }
    }
}

/// Asks the rules about one event.
private struct Judge {
    var evaluation: PushEvaluation
    var differences: [Int64: (notifies: Int64, highlights: Int64)] = [:]
    private let pdu: PDU
    private let state: RoomState
    private let sender: Int64

    init(_ pdu: PDU, _ state: RoomState, _ sender: Int64) {
        self.pdu = pdu
        self.state = state
        self.sender = sender
        evaluation = PushEvaluation(
            PushEvent(pdu),
            in: PushRoom(members: Self.members(after: pdu, state), levels: PowerLevels(state: state, version: state.version)))
    }

    private static func members(after pdu: PDU, _ state: RoomState) -> Int {
        guard pdu.type == EventType.member, let user = pdu.stateKey.flatMap({ try? UserID(parsing: $0) }) else {
            return state.joined.count
        }
        let joins = pdu.content["membership"]?.string == Membership.join.rawValue
        let wasJoined = state.membership(of: user) == .join
        return state.joined.count + (joins ? 1 : 0) - (wasJoined ? 1 : 0)
    }

    mutating func judge(_ shared: PushVerdict, _ tx: Transaction) throws {
        let audience = try PushAudience.load(state, tx)
        let named = try named(tx)
        for (person, user) in named where !audience.isSilent(person) {
            note(person, evaluation.verdict(PushAudience.standard, for: reader(user)), instead: shared)
        }
        for (kind, readers) in audience.groups { ask(readers, of: kind, named, shared) }
        if shared.highlights { differences[Attention.everybody] = (0, 1) }
        for person in audience.ignorers[pdu.sender] ?? [] {
            note(person, .silent, instead: audience.isSilent(person) ? .silent : shared)
        }
        try judgeInvitation(shared, tx)
    }

    /// Asks a group of people with equal rules: once for all of them, and those one by one to whom the event may mean more. The
    /// sender is not asked: nobody is notified of what he says himself.
    private mutating func ask(
        _ readers: [Int64: UserID], of kind: PushAudience.Kind, _ named: [Int64: UserID], _ shared: PushVerdict
    ) {
        guard readers.count > 1 || readers[sender] == nil else { return }
        let base = kind.isSilent ? .silent : shared
        if kind.steps.asksForReader {
            for (person, user) in readers where person != sender {
                note(person, evaluation.verdict(kind.steps, for: reader(user)), instead: base)
            }
            return
        }
        let verdict = evaluation.verdict(kind.steps, for: nil)
        if verdict != base {
            for person in readers.keys where named[person] == nil { note(person, verdict, instead: base) }
        }
        for (person, user) in named where readers[person] != nil {
            note(person, evaluation.verdict(kind.steps, for: reader(user)), instead: base)
        }
    }

    /// The joined members whom the event mentions, or is about.
    private func named(_ tx: Transaction) throws -> [Int64: UserID] {
        var found: [Int64: UserID] = [:]
        let names = (PushEvent(pdu).mentionedUsers?.elements.compactMap(\.string) ?? []) + [pdu.stateKey].compactMap(\.self)
        for name in names {
            // What is no user ID names nobody.
            guard let user = try? UserID(parsing: name), let member = state.member(user), member.membership == .join else {
                continue
            }
            found[member.number] = user
        }
        found[sender] = nil
        return found
    }

    /// An invitation notifies somebody who is not in the room yet.
    private mutating func judgeInvitation(_ shared: PushVerdict, _ tx: Transaction) throws {
        guard pdu.type == EventType.member, pdu.content["membership"]?.string == Membership.invite.rawValue,
            let user = try pdu.stateKey.map({ try UserID(parsing: $0) })
        else { return }
        let person = try tx.intern(user)
        let settings = try PushQueries.settings(of: person, tx)
        let isSilent = try PushBaseQueries.latest(of: person, in: state.number, tx)
        let steps =
            settings.isStandard ? PushAudience.standard : [PushStep](settings.rules.inOrder, in: state.roomID)
        let verdict =
            settings.ignored.contains(pdu.sender)
            ? .silent : evaluation.verdict(steps, for: PushReader(user: user, displayName: nil))
        note(person, verdict, instead: isSilent ? .silent : shared)
    }

    private mutating func note(_ person: Int64, _ verdict: PushVerdict, instead base: PushVerdict) {
        guard person != sender else { return }
        let difference = (
            notifies: verdict.notifies.number - base.notifies.number,
            highlights: verdict.highlights.number - base.highlights.number
        )
        differences[person] = difference == (0, 0) ? nil : difference
    }

    private func reader(_ user: UserID) -> PushReader {
        PushReader(
            user: user,
            displayName: state.stateEvent(EventType.member, user.rawValue)?.content["displayname"]?.string)
    }
}

extension Bool {
    fileprivate var number: Int64 { self ? 1 : 0 }
}

/// The statements of what events are to people.
enum AttentionQueries {
    /// Keeps what an event is to some people besides what it is to all.
    static func insert(_ differences: [Attention.Difference], in room: Int64, at position: Int64, _ tx: Transaction) throws {
        for difference in differences {
            try tx.run(
                #"INSERT INTO attention(room, "user", position, notifies, highlights) VALUES (?, ?, ?, ?, ?)"#,
                .int(room), .int(difference.user), .int(position), .int(difference.notifies), .int(difference.highlights))
        }
    }
}
