import Audit
import Matrix
import Rooms
import Storage

/// A person's labels on rooms: the account data `m.tag`, changed one label at a time.
///
/// [Specification](https://spec.matrix.org/v1.16/client-server-api/#room-tagging)
package struct Tags: Sendable {
    let data: AccountData

    /// Labels on top of account data.
    package init(_ data: AccountData) { self.data = data }

    /// The labels of a room as an object: what stands under `tags`.
    package func all(in roomID: RoomID, of person: Int64) async throws -> [UInt8] {
        try await data.store.read { tx in
            guard let room = try tx.number(of: roomID),
                let datum = try AccountDataQueries.datum("m.tag", of: person, in: room, tx),
                let tags = try datum.content["tags"], tags.kind == .object
            else { return Self.nothing }
            return Array(tags.raw)
        }
    }

    /// Puts a label on a room; what it says (its order) is kept byte for byte.
    /// - Throws: `M_BAD_JSON`, `M_INVALID_PARAM`, `M_FORBIDDEN`.
    package func put(_ tag: String, _ value: JSON, on roomID: RoomID, by requester: Requester, at now: Int64) async throws {
        guard value.kind == .object else { throw MatrixError.badJSON("a tag must be a JSON object") }
        if let order = value["order"], !order.isNull {
            guard let number = order.double else { throw MatrixError.badJSON("order must be a number") }
            guard (0...1).contains(number) else { throw MatrixError.invalidParam("order must lie between 0 and 1") }
        }
        try await change(tag, to: Array(value.raw), on: roomID, by: requester, at: now)
    }

    /// Takes a label off a room; one that is not there is no error.
    /// - Throws: `M_INVALID_PARAM`, `M_FORBIDDEN`.
    package func remove(_ tag: String, from roomID: RoomID, by requester: Requester, at now: Int64) async throws {
        try await change(tag, to: nil, on: roomID, by: requester, at: now)
    }

    private func change(_ tag: String, to value: [UInt8]?, on roomID: RoomID, by requester: Requester, at now: Int64) async throws
    {
        guard !tag.isEmpty, tag.utf8.count <= 255 else {
            throw MatrixError.invalidParam("the name of a tag must have 1 to 255 bytes")
        }
        try await data.store.write { tx in
            let room = try AccountData.room(roomID, of: requester.number, tx)
            let known = try AccountDataQueries.datum("m.tag", of: requester.number, in: room, tx)?.content["tags"]
            if value == nil, known?[tag] == nil { return }
            if value != nil, known?[tag] == nil, (known?.count ?? 0) >= Self.mostTags {
                throw MatrixError.forbidden("a room cannot have more than \(Self.mostTags) tags")
            }
            var writer = JSONWriter()
            writer.object { content in
                content.memberObject("tags") { tags in
                    if let known {
                        for (name, old) in known.members where name != tag { tags.memberRaw(name, old.raw) }
                    }
                    if let value { tags.memberRaw(tag, value) }
                }
            }
            // The name of a tag is the person's own affair and stays out of the audit log.
            try data.set(
                "m.tag", content: writer.bytes, in: room, roomID, as: value == nil ? .dataTagDelete : .dataTagSet,
                by: requester, at: now, tx)
        }
    }

    private static let nothing: [UInt8] = [UInt8(ascii: "{"), UInt8(ascii: "}")]
    private static let mostTags = 100
}
