import Access
import Audit
import HTTPSurface
import HTTPTypes
import Hummingbird
import Identity
import Matrix
import Media

extension ClientRoutes {
    /// The content repository: [specification](https://spec.matrix.org/v1.16/client-server-api/#content-repository).
    static func media(_ services: ClientServices) -> [Route] {
        mediaUploads(services) + mediaDownloads(services) + mediaPreviews(services)
    }

    /// The paths of the repository before downloads needed a token. Uploads have no other.
    static let formerMediaPaths = ["/_matrix/media/v3", "/_matrix/media/r0", "/_matrix/media/v1"]

    private static func mediaUploads(_ services: ClientServices) -> [Route] {
        let media = services.media
        let reserve = Route(
            .post, "/_matrix/media/v1/create", permission: .mediaUpload, audit: .writes(.mediaReserve)
        ) { exchange, session in
            let (id, until) = try await media.reserve(by: session.requester, at: exchange.now)
            return .object {
                $0.member("content_uri", id.uri(on: media.serverName))
                $0.member("unused_expires_at", until)
            }
        }
        let uploads = formerMediaPaths.flatMap { path in
            [
                Route(.post, path + "/upload", permission: .mediaUpload, audit: .writes(.mediaUpload)) { exchange, session in
                    let id = try await media.upload(exchange.mediaDescription, by: session.requester, at: exchange.now) {
                        try await exchange.receive(into: $0)
                    }
                    return .object { $0.member("content_uri", id.uri(on: media.serverName)) }
                },
                Route(
                    .put, path + "/upload/{serverName}/{mediaId}", permission: .mediaUpload, audit: .writes(.mediaUpload)
                ) { exchange, session in
                    guard try exchange.path("serverName") == media.serverName.rawValue,
                        let id = MediaID(try exchange.path("mediaId"))
                    else { throw MediaError.notFound }
                    try await media.upload(exchange.mediaDescription, to: id, by: session.requester, at: exchange.now) {
                        try await exchange.receive(into: $0)
                    }
                    return .empty
                },
            ]
        }
        let limits = (["/_matrix/client/v1/media"] + formerMediaPaths).map { path in
            Route(.get, path + "/config", permission: .mediaUpload, audit: .reads) { _, _ in
                .object { $0.member("m.upload.size", media.policy.maximumUpload) }
            }
        }
        return [reserve] + uploads + limits
    }

    private static func mediaPreviews(_ services: ClientServices) -> [Route] {
        (["/_matrix/client/v1/media"] + formerMediaPaths).map { path in
            Route(
                .get, path + "/preview_url", permission: .mediaPreview, audit: .writes(.mediaPreview), rate: .message
            ) { exchange, session in
                guard let previews = services.previews else { throw PreviewError.off }
                guard let url = exchange.query("url") else { throw MatrixError.missingParam("url is missing") }
                _ = try exchange.queryInt("ts")
                return .json(try await previews.preview(of: url, by: session.requester, at: exchange.now))
            }
        }
    }
}

extension Exchange {
    /// What the request says of the file in its body.
    fileprivate var mediaDescription: MediaDescription {
        MediaDescription(type: request.headers[.contentType], fileName: query("filename"))
    }

    /// Hands the body to the repository, at most as much as it takes.
    fileprivate func receive(into sink: MediaSink) async throws {
        try await receive(upTo: sink.limit) { piece in try await sink.take(piece) }
    }
}
