import HTTPTypes
import Hummingbird
import NIOCore

/// Answers `/metrics` on the loopback port for metrics.
struct MetricsResponder: HTTPResponder {
    typealias Context = BasicRequestContext

    /// What is told.
    let registry: MetricsRegistry

    func respond(to request: Request, context: Context) async throws -> Response {
        guard request.uri.path == "/metrics", request.method == .get else { return Response(status: .notFound) }
        return Response(
            status: .ok, headers: [.contentType: "text/plain; version=0.0.4; charset=utf-8"],
            body: .init(byteBuffer: ByteBuffer(string: registry.text() + ProcessMetrics.text())))
    }
}
