import Matrix
import Rooms
import Sync

/// What clients carry in queries: whatever is taken is written in a form that is taken again.
func fuzzTokens(_ bytes: [UInt8]) {
    let text = String(decoding: bytes, as: UTF8.self)
    if let token = try? SyncToken(parsing: text) {
        promise(try SyncToken(parsing: token.description) == token, "a token of /sync comes back")
        promise(token.mark.position >= 0 && token.mark.serial >= 0, "a token is a place")
        promise(try HistoryToken(parsing: token.description).position == token.mark.position, "a token of /sync is a boundary")
    }
    if let token = try? HistoryToken(parsing: text) {
        promise(try HistoryToken(parsing: token.description) == token, "a token of /messages comes back")
    }
    if let token = try? ThreadsToken(parsing: text) {
        promise(try ThreadsToken(parsing: token.description) == token, "a token of /thread_updates comes back")
        promise(token.latest >= 0 && token.end >= 0, "a token of /thread_updates is a place")
    }
    if let token = try? SpaceToken(parsing: text) {
        promise(try SpaceToken(parsing: token.description) == token, "a token of /hierarchy comes back")
        promise(token.offset >= 0 && token.depth ?? 0 >= 0, "a token of /hierarchy is a place")
    }
    let pieces = text.split(separator: "\n", maxSplits: 1, omittingEmptySubsequences: false)
    if pieces.count == 2 {
        let pattern = TypePattern(String(pieces[0]))
        if pattern.matches(String(pieces[1])) {
            promise(TypePattern(pieces[0] + "*").matches(String(pieces[1])), "a star at the end takes what was taken without")
        }
    }
}
