import Keys
import Matrix
import Storage

/// A thumbnail that may be sent.
package struct StoredThumbnail: Sendable {
    /// Its content type, one of those that the specification allows.
    package let type: MediaType
    /// The content.
    package let reader: ObjectReader
    /// What tells it from others of the same picture.
    package let variant: String

    /// A file name that fits the type.
    package var fileName: String { "thumbnail." + (type.essence == "image/jpeg" ? "jpg" : String(type.essence.dropFirst(6))) }
}

extension MediaRepository {
    /// A smaller picture of a picture. It is made when it is asked for first and kept encrypted like the picture.
    /// - Throws: as ``content(of:on:waiting:at:)``; `M_UNKNOWN` (400) for what is no picture, `M_TOO_LARGE`.
    ///
    /// [Specification](https://spec.matrix.org/v1.16/client-server-api/#get_matrixclientv1mediathumbnailservernamemediaid)
    package func thumbnail(
        of id: MediaID?, on server: String, _ wish: ThumbnailWish, waiting wait: Duration, at now: Int64
    ) async throws -> (StoredThumbnail, MediaID) {
        let picture = try await content(of: id, on: server, waiting: wait, at: now)
        if let kept = try await kept(wish, of: picture) { return (kept, picture.id) }
        let head = try await picture.reader.bytes(0..<min(Int64(PictureFormat.markLength), picture.reader.length))
        guard PictureFormat(head) != nil, let program = imageProgram else { throw MediaError.notThumbnailable }
        guard picture.reader.length <= policy.maximumPicture else { throw MediaError.pictureTooLarge }
        let (type, bytes) = try await program.reduce(picture.reader, wish)
        // A large picture that is its own thumbnail is not kept twice.
        if Int64(bytes.count) == picture.reader.length, bytes.count > Self.maximumCopy {
            return (StoredThumbnail(type: type, reader: picture.reader, variant: wish.variant), picture.id)
        }
        return (try await keep(bytes, type, wish, of: picture), picture.id)
    }

    private static let maximumCopy = 262_144

    private func kept(_ wish: ThumbnailWish, of picture: StoredMedia) async throws -> StoredThumbnail? {
        let details = try await store.read { tx in try ThumbnailQueries.details(wish.variant, of: picture, tx) }
        guard let details else { return nil }
        return StoredThumbnail(
            type: details.type, reader: try await objects.reader(of: details.object), variant: wish.variant)
    }

    /// Most variants are kept; somebody who asks for odd ones without end has them made each time.
    private func keep(
        _ bytes: [UInt8], _ type: MediaType, _ wish: ThumbnailWish, of picture: StoredMedia
    ) async throws -> StoredThumbnail {
        let writer = try objects.create()
        try await writer.append(bytes)
        let object = try await writer.finish()
        try await writer.settle()
        do {
            // Opened before anything can remove the file.
            let reader = try await objects.reader(of: object)
            let limit = policy.thumbnailsPerPicture
            let isKept = try await store.write { tx in
                guard try MediaQueries.row(picture.id, tx)?.state == .present,
                    try ThumbnailQueries.count(of: picture, tx) < limit
                else { return false }
                return try ThumbnailQueries.add((type, object), wish.variant, of: picture, tx)
            }
            if !isKept { discard([object.name]) }
            return StoredThumbnail(type: type, reader: reader, variant: wish.variant)
        } catch {
            discard([object.name])
            throw error
        }
    }
}

/// The statements of thumbnails. They are sealed like the picture they are of.
enum ThumbnailQueries {
    static func details(
        _ variant: String, of picture: StoredMedia, _ tx: Transaction
    ) throws -> (type: MediaType, object: StoredObject)? {
        let row = try tx.first(
            "SELECT sealed FROM media_thumbnails WHERE media = ? AND variant = ?", .int(picture.number), .text(variant))
        guard let row else { return nil }
        let place = place(variant, picture)
        let json = try JSON(parsing: tx.open(row.blob(0), MediaDetails.scope(picture.owner), place: place))
        guard let type = json["type"]?.string, let object = StoredObject(json) else {
            throw StorageError.sealBroken(place: place)
        }
        return (MediaType(type), object)
    }

    static func count(of picture: StoredMedia, _ tx: Transaction) throws -> Int {
        Int(try tx.first("SELECT COUNT(*) FROM media_thumbnails WHERE media = ?", .int(picture.number))?.int(0) ?? 0)
    }

    /// False when another request was faster.
    static func add(
        _ details: (type: MediaType, object: StoredObject), _ variant: String, of picture: StoredMedia, _ tx: Transaction
    ) throws -> Bool {
        var writer = JSONWriter()
        details.object.key.withBytes { key in
            writer.object { json in
                json.member("type", details.type.rawValue)
                json.member("file", details.object.name)
                json.member("length", details.object.length)
                json.member("key", Base64.encode(key))
            }
        }
        let sealed = try tx.seal(writer.bytes, MediaDetails.scope(picture.owner), place: place(variant, picture))
        return try tx.run(
            """
            INSERT INTO media_thumbnails (media, variant, bytes, file, sealed) VALUES (?, ?, ?, ?, ?)
            ON CONFLICT (media, variant) DO NOTHING
            """,
            .int(picture.number), .text(variant), .int(details.object.length), .text(details.object.name), .blob(sealed)) == 1
    }

    private static func place(_ variant: String, _ picture: StoredMedia) -> String {
        "media_thumbnails/\(picture.number)/\(variant)"
    }
}
