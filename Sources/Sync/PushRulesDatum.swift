import Matrix
import Rooms
import Storage

/// A person's push rules as the piece of account data that clients follow.
/// [Specification](https://spec.matrix.org/v1.19/client-server-api/#push-rules-events)
enum PushRulesDatum {
    /// Its type.
    static let type = "m.push_rules"

    /// The rules, for a device that was told of account data up to `after`: always when it was told of nothing, since everybody
    /// has push rules; otherwise when they changed.
    static func news(of person: Int64, after: Int64?, upTo: Int64, _ tx: Transaction) throws -> [AccountDatum] {
        if let after, try !PushQueries.changed(of: person, after: after, upTo: upTo, tx) { return [] }
        return [try make(of: person, tx)]
    }

    /// The rules as they are in the transaction's snapshot.
    static func make(of person: Int64, _ tx: Transaction) throws -> AccountDatum {
        let (rules, position) = try PushQueries.rules(of: person, tx)
        let user = try tx.user(person)
        var writer = JSONWriter(capacity: 6_144)
        writer.object { event in
            event.member("type", type)
            event.key("content")
            rules.append(to: &event, for: user)
        }
        return AccountDatum(room: AccountData.noRoom, type: type, position: position, event: writer.bytes)
    }
}
