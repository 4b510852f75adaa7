import Matrix
import Rooms

/// The word in `next_batch` and `since`: `s<position>_<serial>`. Clients keep it and never look into it. Where messages to the
/// device reach less far than everything else, because there were too many for one answer, `_<position>` of the last one follows.
///
/// [Specification](https://spec.matrix.org/v1.16/client-server-api/#syncing)
package struct SyncToken: Sendable, Hashable, CustomStringConvertible {
    /// The place it stands for.
    package let mark: StreamMark
    /// Up to where the device has its messages; the place's own position unless some are left.
    package let messages: Int64

    /// The token of a place.
    package init(_ mark: StreamMark, messages: Int64? = nil) {
        self.mark = mark
        self.messages = min(messages ?? mark.position, mark.position)
    }

    /// Reads what an earlier answer gave.
    /// - Throws: `M_INVALID_PARAM` when it is not a token of this server.
    package init(parsing text: some StringProtocol) throws(MatrixError) {
        let parts = text.dropFirst().split(separator: "_", omittingEmptySubsequences: false)
        guard text.first == "s", text.utf8.count <= 60, (2...3).contains(parts.count),
            let position = Self.number(parts[0]), let serial = Self.number(parts[1])
        else { throw .invalidParam("since is not a token of this server") }
        mark = StreamMark(position: position, serial: serial)
        guard parts.count == 3 else {
            messages = position
            return
        }
        guard let messages = Self.number(parts[2]), messages < position else {
            throw .invalidParam("since is not a token of this server")
        }
        self.messages = messages
    }

    /// The token as clients keep it.
    package var description: String {
        "s\(mark.position)_\(mark.serial)" + (messages < mark.position ? "_\(messages)" : "")
    }

    /// The `prev_batch` of a timeline that begins after `boundary`: what `/messages` reads on from.
    static func page(_ boundary: Int64) -> String { "t\(max(0, boundary))" }

    private static func number(_ digits: some StringProtocol) -> Int64? {
        guard !digits.isEmpty, digits.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else {
            return nil
        }
        return Int64(digits)
    }
}
