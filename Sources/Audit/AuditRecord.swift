import Keys
import Matrix

/// An entry as it was read back from the log. Names are kept as they were written, also those that no code knows any more.
package struct AuditRecord: Sendable, Hashable {
    /// The place in the log, from 1 without gaps.
    package let seq: Int64
    /// Milliseconds since 1970.
    package let time: Int64
    /// The name of the code.
    package let code: String
    /// The stream of the code when it was written.
    package let stream: AuditCode.Stream
    /// The severity of the code when it was written.
    package let severity: AuditCode.Severity
    /// How it ended.
    package let outcome: AuditEntry.Outcome
    /// The person, if there was a session.
    package let user: String?
    /// The device, if there was a session.
    package let device: String?
    /// Address, agent and request.
    package let origin: Origin
    /// What it was done to.
    package let target: String?
    /// The room.
    package let room: String?
    /// Why it ended so.
    package let reason: String?
}

/// The compact binary form of an entry: a version byte, fixed numbers, then texts with their lengths; see `docs/storage-format.md`.
enum AuditForm {
    private static let version: UInt8 = 1
    // An absent text, as against an empty one.
    private static let absent: UInt16 = .max
    private static let longestText = 4096

    static func encode(_ entry: AuditEntry) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(256)
        bytes.append(version)
        bytes.append(entry.outcome.rawValue)
        bytes.append(UInt8(entry.code.severity.rawValue))
        for shift in stride(from: 56, through: 0, by: -8) { bytes.append(UInt8(truncatingIfNeeded: entry.time >> Int64(shift))) }
        append(entry.code.rawValue, to: &bytes)
        append(entry.code.stream.rawValue, to: &bytes)
        if case .requester(let requester) = entry.actor {
            append(requester.user.rawValue, to: &bytes)
            append(requester.device, to: &bytes)
        } else {
            append(nil, to: &bytes)
            append(nil, to: &bytes)
        }
        let origin = entry.actor.origin
        append(origin.address, to: &bytes)
        append(origin.agent, to: &bytes)
        append(origin.requestID, to: &bytes)
        append(entry.target, to: &bytes)
        append(entry.room?.rawValue, to: &bytes)
        append(entry.reason, to: &bytes)
        return bytes
    }

    static func decode(_ bytes: [UInt8], seq: Int64) -> AuditRecord? {
        guard bytes.count >= 11, bytes[0] == version, let outcome = AuditEntry.Outcome(rawValue: bytes[1]),
            let severity = AuditCode.Severity(rawValue: Int(bytes[2]))
        else { return nil }
        let time = bytes[3..<11].reduce(Int64(0)) { $0 << 8 | Int64($1) }
        var rest = bytes[11...]
        var texts: [String?] = []
        for _ in 0..<10 {
            guard let text = text(from: &rest) else { return nil }
            texts.append(text.value)
        }
        guard rest.isEmpty, let code = texts[0], let stream = texts[1].flatMap(AuditCode.Stream.init) else { return nil }
        return AuditRecord(
            seq: seq, time: time, code: code, stream: stream, severity: severity, outcome: outcome, user: texts[2],
            device: texts[3], origin: Origin(address: texts[4] ?? "", agent: texts[5] ?? "", requestID: texts[6] ?? ""),
            target: texts[7], room: texts[8], reason: texts[9])
    }

    private static func append(_ text: String?, to bytes: inout [UInt8]) {
        guard let text else {
            bytes.append(contentsOf: [UInt8(absent >> 8), UInt8(absent & 0xFF)])
            return
        }
        let cut = text.utf8.prefix(longestText)
        bytes.append(UInt8(truncatingIfNeeded: cut.count >> 8))
        bytes.append(UInt8(truncatingIfNeeded: cut.count))
        bytes.append(contentsOf: cut)
    }

    private static func text(from rest: inout ArraySlice<UInt8>) -> (value: String?, Void)? {
        guard let high = rest.popFirst(), let low = rest.popFirst() else { return nil }
        let count = UInt16(high) << 8 | UInt16(low)
        if count == absent { return (nil, ()) }
        guard rest.count >= Int(count) else { return nil }
        defer { rest = rest.dropFirst(Int(count)) }
        return (String(decoding: rest.prefix(Int(count)), as: UTF8.self), ())
    }
}
