import Keys
import Matrix
import Storage

/// What is known of a file besides its size: sealed as one, with the key of whoever uploaded it.
struct MediaDetails: Sendable {
    /// The address.
    let id: MediaID
    /// The content type, as it is told to those who download.
    let type: MediaType
    /// The name that the uploader gave.
    let fileName: String?
    /// The encrypted file.
    let object: StoredObject

    /// Seals it for its row.
    func sealed(for owner: Int64?, _ tx: Transaction) throws -> [UInt8] {
        var writer = JSONWriter()
        object.key.withBytes { key in
            writer.object { json in
                json.member("id", id.rawValue)
                json.member("type", type.rawValue)
                if let fileName { json.member("name", fileName) }
                json.member("file", object.name)
                json.member("length", object.length)
                json.member("key", Base64.encode(key))
            }
        }
        return try tx.seal(writer.bytes, Self.scope(owner), place: Self.place(id, tx))
    }

    /// Opens what was sealed for the row of `id`.
    static func open(_ sealed: [UInt8], id: MediaID, owner: Int64?, _ tx: Transaction) throws -> MediaDetails {
        let place = place(id, tx)
        let json = try JSON(parsing: tx.open(sealed, scope(owner), place: place))
        guard let type = json["type"]?.string, let object = StoredObject(json), json["id"]?.string == id.rawValue else {
            throw StorageError.sealBroken(place: place)
        }
        return MediaDetails(id: id, type: MediaType(type), fileName: json["name"]?.string, object: object)
    }

    /// Whose key seals it: erasing a person erases what that person uploaded.
    static func scope(_ owner: Int64?) -> KeyScope { owner.map(KeyScope.person) ?? .server }

    private static func place(_ id: MediaID, _ tx: Transaction) -> String { "media/" + Hex.encode(tx.tag(id.rawValue, .media)) }
}

extension StoredObject {
    /// Reads the members that name a file and its key.
    init?(_ json: JSON) {
        guard let name = json["file"]?.string, let length = json["length"]?.int,
            let key = json["key"]?.string.flatMap({ Base64.decode($0) }), key.count == 32
        else { return nil }
        self.init(name: name, key: Secret(bytes: key), length: length)
    }
}
