/// Strips events down to what their room version protects. Takes canonical JSON and leaves canonical JSON.
/// [Redactions](https://spec.matrix.org/v1.19/rooms/v12/#redactions)
package enum Redaction {
    /// The content that is left of an event of this type.
    package static func content(_ content: JSON, of type: String, version: RoomVersion) -> [UInt8] {
        switch version.protectedContent(of: type) {
        case .nothing: return Array("{}".utf8)
        case .everything: return Array(content.raw)
        case .keys(let keys):
            var writer = JSONWriter()
            writer.object { writer in
                for (key, value) in content.members where keys.contains(key) {
                    guard key == "third_party_invite" else {
                        writer.memberRaw(key, value.raw)
                        continue
                    }
                    guard value.kind == .object else { continue }
                    writer.key(key)
                    writer.object(copying: value) { $0 == "signed" }
                }
            }
            return writer.bytes
        }
    }

    /// The whole event as it is signed (without `signatures`) or kept (with them); `unsigned` never stays.
    package static func event(_ event: JSON, version: RoomVersion, keepingSignatures: Bool) -> [UInt8] {
        let type = event["type"]?.string ?? ""
        var writer = JSONWriter(capacity: event.raw.count)
        writer.object { writer in
            for (key, value) in event.members where version.protects(field: key) {
                switch key {
                case "signatures" where !keepingSignatures: continue
                case "content": writer.memberRaw(key, content(value, of: type, version: version))
                default: writer.memberRaw(key, value.raw)
                }
            }
        }
        return writer.bytes
    }

    /// The content of a redaction with its target named in it, in place of any other.
    static func naming(_ target: EventID, in content: JSON) -> [UInt8] {
        var writer = JSONWriter(capacity: content.raw.count + 64)
        writer.object { writer in
            var isNamed = false
            for (key, value) in content.members where key != "redacts" {
                if !isNamed, key.utf8.lexicographicallyPrecedes("redacts".utf8) == false {
                    writer.member("redacts", target.rawValue)
                    isNamed = true
                }
                writer.memberRaw(key, value.raw)
            }
            if !isNamed { writer.member("redacts", target.rawValue) }
        }
        return writer.bytes
    }
}
