import Audit
import Matrix
import Storage
import Synchronization

/// Looks at web pages on behalf of people, who then do not have to tell those pages who they are.
///
/// [Specification](https://spec.matrix.org/v1.16/client-server-api/#get_matrixclientv1mediapreview_url)
package struct Previews: Sendable {
    private let repository: MediaRepository
    private let resolver: Resolver
    private let allowed: AllowedAddresses
    private let fetch: WebFetch
    private let admission = Admission(limit: 4)
    private let everybody = Admission(limit: 32)

    /// How many times a page may lead elsewhere.
    private static let maximumHops = 3
    /// Bytes of a page that are read; what it says of itself stands at its beginning.
    private static let maximumPage = 1 << 20
    /// Bytes of a picture.
    private static let maximumPicture = 10 << 20
    /// Time for a page, and again for its picture.
    private static let deadline: Duration = .seconds(10)
    /// How long an answer is given again.
    static let lifetime: Int64 = 3_600_000

    /// Previews whose pictures go into a repository.
    package init(repository: MediaRepository, resolver: Resolver, allowed: AllowedAddresses) throws {
        self.repository = repository
        self.resolver = resolver
        self.allowed = allowed
        fetch = try WebFetch()
    }

    /// What a page says of itself, as JSON.
    /// - Throws: ``PreviewError``, `M_LIMIT_EXCEEDED`.
    package func preview(of url: String, by requester: Requester, at now: Int64) async throws -> [UInt8] {
        guard let location = WebLocation(url) else { throw PreviewError.notAPage }
        let store = repository.store
        if let known = try await store.read({ tx in try PreviewQueries.answer(location, at: now, tx) }) { return known }
        return try await admission.admit(requester.number) {
            try await everybody.admit(0) {
                let answer = try await look(at: location, now)
                try await store.write { tx in
                    try PreviewQueries.keep(answer, of: location, at: now, tx)
                    // The page itself is content: it is not named here.
                    try AuditLog.append(AuditEntry(code: .mediaPreview, by: requester, time: now), tx)
                }
                return answer
            }
        }
    }

    private func look(at location: WebLocation, _ now: Int64) async throws -> [UInt8] {
        let (page, found) = try await follow(location, upTo: max(Self.maximumPage, Self.maximumPicture))
        if found.type.hasPrefix("image/"), let picture = try await keep(found, now) { return Self.json([:], picture) }
        guard found.type == "text/html" || found.type == "application/xhtml+xml" else { throw PreviewError.failed }
        var graph = OpenGraph(page: Array(found.body.prefix(Self.maximumPage))).properties
        var picture: Picture?
        if let source = graph.removeValue(forKey: "og:image"), let target = page.following(source) {
            // A page without its picture is still worth showing.
            picture = try? await self.picture(at: target, now)
        }
        return Self.json(graph, picture)
    }

    private func picture(at location: WebLocation, _ now: Int64) async throws -> Picture? {
        try await keep(try await follow(location, upTo: Self.maximumPicture).answer, now)
    }

    /// Goes where the page lies and where it leads, each time after a look at the address.
    private func follow(_ location: WebLocation, upTo maximum: Int) async throws -> (page: WebLocation, answer: WebAnswer) {
        try await withThrowingTaskGroup(of: (WebLocation, WebAnswer).self) { group in
            group.addTask {
                var location = location
                for _ in 0...Self.maximumHops {
                    let address = try await resolver.address(of: location, allowed: allowed)
                    let answer = try await fetch.get(location, at: address, upTo: maximum)
                    if answer.status == 200 { return (location, answer) }
                    guard [301, 302, 303, 307, 308].contains(answer.status),
                        let next = answer.location.flatMap(location.following)
                    else { break }
                    location = next
                }
                throw PreviewError.failed
            }
            group.addTask {
                try await Task.sleep(for: Self.deadline)
                throw PreviewError.failed
            }
            defer { group.cancelAll() }
            do {
                guard let found = try await group.next() else { throw PreviewError.failed }
                return found
            } catch let error as PreviewError { throw error } catch is CancellationError { throw CancellationError() } catch {
                // A refused connection, a broken certificate, a broken answer: nobody's business.
                throw PreviewError.failed
            }
        }
    }

    private struct Picture {
        let uri: String
        let type: MediaType
        let length: Int64
    }

    /// Stores a picture; nil for what is none, or was cut.
    private func keep(_ answer: WebAnswer, _ now: Int64) async throws -> Picture? {
        guard !answer.isCut, let format = PictureFormat(Array(answer.body.prefix(PictureFormat.markLength))) else { return nil }
        let type = MediaType("image/\(format.rawValue)")
        guard let id = try await repository.adopt(answer.body, type, at: now) else { return nil }
        return Picture(uri: id.uri(on: repository.serverName), type: type, length: Int64(answer.body.count))
    }

    private static func json(_ graph: [String: String], _ picture: Picture?) -> [UInt8] {
        var writer = JSONWriter()
        writer.object { json in
            for (name, value) in graph.sorted(by: { $0.key < $1.key }) {
                if name.hasPrefix("og:image") {
                    guard picture != nil else { continue }
                    if name == "og:image:width" || name == "og:image:height" {
                        if let number = Int64(value), (1...65_535).contains(number) { json.member(name, number) }
                        continue
                    }
                }
                json.member(name, value)
            }
            guard let picture else { return }
            json.member("og:image", picture.uri)
            json.member("og:image:type", picture.type.rawValue)
            json.member("matrix:image:size", picture.length)
        }
        return writer.bytes
    }
}

extension MediaRepository {
    /// Takes a picture that the server itself has fetched; nil when such pictures take as much room as they may.
    func adopt(_ bytes: [UInt8], _ type: MediaType, at now: Int64) async throws -> MediaID? {
        let room = policy.previewBytes - Int64(bytes.count)
        guard try await store.read({ tx in try MediaQueries.fetchedBytes(tx) }) <= room else { return nil }
        let id = MediaID.random()
        let writer = try objects.create()
        try await writer.append(bytes)
        let object = try await writer.finish()
        guard try await examine(object, in: writer) == nil else { throw MediaError.harmful }
        try await writer.settle()
        do {
            let details = MediaDetails(id: id, type: type, fileName: nil, object: object)
            try await store.write { tx in try MediaQueries.add(details, state: .present, owner: nil, at: now, tx) }
        } catch {
            discard([object.name])
            throw error
        }
        return id
    }
}

/// The statements of previews: which page one is of is a keyed tag, and what it says is sealed.
enum PreviewQueries {
    static func answer(_ location: WebLocation, at now: Int64, _ tx: Transaction) throws -> [UInt8]? {
        let tag = tag(location, tx)
        let row = try tx.first("SELECT sealed FROM previews WHERE tag = ? AND expires_at > ?", .blob(tag), .int(now))
        return try row.map { try tx.open($0.blob(0), .server, place: place(tag)) }
    }

    static func keep(_ answer: [UInt8], of location: WebLocation, at now: Int64, _ tx: Transaction) throws {
        let tag = tag(location, tx)
        try tx.run(
            """
            INSERT INTO previews (tag, expires_at, sealed) VALUES (?, ?, ?)
            ON CONFLICT (tag) DO UPDATE SET expires_at = excluded.expires_at, sealed = excluded.sealed
            """, .blob(tag), .int(now + Previews.lifetime), .blob(try tx.seal(answer, .server, place: place(tag))))
    }

    static func forget(before now: Int64, _ tx: Transaction) throws {
        try tx.run("DELETE FROM previews WHERE expires_at <= ?", .int(now))
    }

    static func hasExpired(at now: Int64, _ tx: Transaction) throws -> Bool {
        try tx.first("SELECT 1 FROM previews WHERE expires_at <= ? LIMIT 1", .int(now)) != nil
    }

    private static func tag(_ location: WebLocation, _ tx: Transaction) -> [UInt8] { tx.tag("preview " + location.text, .other) }

    private static func place(_ tag: [UInt8]) -> String { "previews/" + Base64.encode(tag) }
}
