import Matrix
import Sync

/// Whatever is read as a call of sliding sync, or as its position, is read again the same way.
func fuzzSliding(_ bytes: [UInt8]) {
    if let token = try? SlidingToken(parsing: String(decoding: bytes, as: UTF8.self)) {
        promise(try SlidingToken(parsing: token.description) == token, "a position comes back")
    }
    guard let user, let json = try? JSON(parsing: bytes), (try? SlidingCall(json, for: user)) != nil else { return }
    guard let canonical = try? json.canonical() else { return }
    promise((try? SlidingCall(JSON(parsing: canonical), for: user)) != nil, "canonical JSON asks the same")
}

private let user = try? UserID(parsing: "@alice:example.org")
