import Matrix

@testable import EndToEnd

/// What devices upload: whatever is taken is stored in a form that is read again as the same.
func fuzzKeys(_ bytes: [UInt8]) {
    guard let json = try? JSON(parsing: bytes), let alice else { return }
    if let identity = try? DeviceIdentity(parsing: json) {
        promise(try DeviceIdentity(parsing: JSON(parsing: Array(json.raw))).user == identity.user, "an identity comes back")
    }
    if let keys = try? PublishedKey.all(in: json, "one_time_keys") {
        for key in keys {
            promise(try PublishedKey.all(in: JSON(parsing: key.entry), "one_time_keys").count == 1, "a stored key is one key")
            promise(!key.algorithm.isEmpty && !key.algorithm.contains(":"), "an algorithm ends at the colon")
        }
        _ = try? KeyUpload(identity: nil, oneTimeKeys: keys, fallbackKeys: keys)
    }
    if let upload = try? CrossSigningUpload(parsing: json, of: alice) {
        promise(upload.keys.allSatisfy { Base64.decode($0.publicKey)?.count == 32 }, "a cross-signing key has 32 bytes")
    }
    if let key = try? BackedUpKey(parsing: json) {
        promise(!key.isBetter(than: key), "no key is better than itself")
    }
    if let items = try? BackupItem.all(inRooms: json) {
        promise(items.allSatisfy { (1...255).contains($0.session.utf8.count) }, "sessions have names")
    }
    if let messages = try? DeviceMessages("m.test", parsing: json) {
        for (_, contents) in messages.recipients {
            for (_, content) in contents {
                promise(
                    try JSON(parsing: messages.event(content, from: alice), limits: .init(maxBytes: 1 << 21, maxDepth: 70)).count
                        == 3,
                    "a message is an event of three members")
            }
        }
    }
    _ = (try? KeyClaim(parsing: json), try? KeyQuestion(parsing: json), try? BackupSetting(parsing: json))
}

private let alice = try? UserID(parsing: "@alice:example.org")
