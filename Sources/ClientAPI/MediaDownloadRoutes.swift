import Access
import HTTPSurface
import HTTPTypes
import Hummingbird
import Identity
import Matrix
import Media

extension ClientRoutes {
    /// Downloads for people who are signed in, and the former endpoints for everybody, which give nothing unless they are
    /// opened: media that is uploaded to a server that never was open is media "after the freeze".
    ///
    /// [Specification](https://spec.matrix.org/v1.16/client-server-api/#content-repo-client-behaviour)
    static func mediaDownloads(_ services: ClientServices) -> [Route] {
        let media = services.media
        let answers: [(path: String, answer: @Sendable (Exchange) async throws -> Reply)] = [
            ("/download/{serverName}/{mediaId}", { try await download($0, media, fileName: nil) }),
            ("/download/{serverName}/{mediaId}/{fileName}", { try await download($0, media, fileName: try $0.path("fileName")) }),
            ("/thumbnail/{serverName}/{mediaId}", { try await thumbnail($0, media) }),
        ]
        return answers.flatMap { path, answer in
            [
                Route(.get, "/_matrix/client/v1/media" + path, permission: .mediaRead, audit: .reads) { exchange, _ in
                    try await answer(exchange)
                }
            ]
                + formerMediaPaths.map { former in
                    .open(.get, former + path, permission: .mediaReadOpenly, audit: .reads) { exchange in
                        guard media.policy.isOpenToAll else { throw MediaError.notFound }
                        return try await answer(exchange)
                    }
                }
        }
    }

    private static func download(
        _ exchange: Exchange, _ media: MediaRepository, fileName: String?
    ) async throws -> Reply {
        let found = try await media.content(
            of: MediaID(exchange.path("mediaId")), on: exchange.path("serverName"), waiting: wait(exchange), at: exchange.now)
        let disposition = ContentDisposition(
            isInline: found.type.isInline, fileName: ContentDisposition.cleaned(fileName) ?? found.fileName)
        return try await MediaReply(type: found.type, disposition: disposition, tag: found.id.rawValue, reader: found.reader)
            .reply(to: exchange.request.headers)
    }

    private static func thumbnail(_ exchange: Exchange, _ media: MediaRepository) async throws -> Reply {
        guard let width = try exchange.queryInt("width"), let height = try exchange.queryInt("height") else {
            throw MatrixError.missingParam("width and height are needed")
        }
        guard let method = ThumbnailWish.Method(rawValue: exchange.query("method") ?? "scale") else {
            throw MatrixError.invalidParam("method must be scale or crop")
        }
        let wish = try ThumbnailWish(
            width: width, height: height, method: method, isMoving: exchange.queryBool("animated") ?? false)
        let (found, id) = try await media.thumbnail(
            of: MediaID(exchange.path("mediaId")), on: exchange.path("serverName"), wish, waiting: wait(exchange),
            at: exchange.now)
        let tag = "\(id)/" + found.variant.replacing(" ", with: "-")
        return try await MediaReply(
            type: found.type, disposition: ContentDisposition(isInline: true, fileName: found.fileName), tag: tag,
            reader: found.reader
        ).reply(to: exchange.request.headers)
    }

    /// How long the client wants to wait for content that is still to come.
    static func wait(_ exchange: Exchange) throws -> Duration {
        .milliseconds(max(0, try exchange.queryInt("timeout_ms") ?? 20_000))
    }
}
