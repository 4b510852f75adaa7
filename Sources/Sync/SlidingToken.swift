import Matrix
import Rooms

/// The word in `pos`: `s<position>_<serial>_<start>_<number>`. Its beginning is a place in history, so `/messages` can read on
/// from it; the rest names what the server remembers having told, and the run of the server that remembers it.
package struct SlidingToken: Sendable, Hashable, CustomStringConvertible {
    /// The place it stands for.
    let mark: StreamMark
    /// When the server started.
    let start: Int64
    /// The number of the answer.
    let answer: Int64

    init(mark: StreamMark, start: Int64, answer: Int64) {
        self.mark = mark
        self.start = start
        self.answer = answer
    }

    /// Reads what an earlier answer gave.
    /// - Throws: `M_UNKNOWN_POS` for anything else, so that the client begins anew.
    package init(parsing text: String) throws(MatrixError) {
        let numbers = text.dropFirst().split(separator: "_", omittingEmptySubsequences: false).map { Self.number($0) }
        guard text.first == "s", text.utf8.count <= 100, numbers.count == 4, let position = numbers[0], let serial = numbers[1],
            let start = numbers[2], let answer = numbers[3]
        else { throw .unknownPosition() }
        self.init(mark: StreamMark(position: position, serial: serial), start: start, answer: answer)
    }

    /// The token as clients keep it.
    package var description: String { "s\(mark.position)_\(mark.serial)_\(start)_\(answer)" }

    private static func number(_ digits: Substring) -> Int64? {
        guard !digits.isEmpty, digits.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else {
            return nil
        }
        return Int64(digits)
    }
}
