import HTTPTypes
import Metrics

/// Counts requests and measures how long they take, by route template.
package struct SurfaceMetrics: Sendable {
    /// Uses the process's metrics system.
    package init() {}

    /// Records one answer.
    func answered(
        route: String, method: HTTPRequest.Method, status: HTTPResponse.Status, in elapsed: Duration
    ) {
        let dimensions = [
            ("http.request.method", method.rawValue), ("http.route", route),
            ("http.response.status_code", String(status.code)),
        ]
        Timer(label: "http.server.request.duration", dimensions: dimensions)
            .recordNanoseconds(elapsed.components.seconds * 1_000_000_000 + elapsed.components.attoseconds / 1_000_000_000)
    }
}
