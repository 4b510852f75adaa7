import HTTPTypes
import Metrics
import Synchronization

/// Counts requests and measures how long they take, by route template.
package final class SurfaceMetrics: Sendable {
    private struct Series: Hashable {
        let route: String
        let method: String
        let status: Int
    }

    // One timer for each series: making one costs more than the rest of a small request.
    private let timers = Mutex<[Series: Timer]>([:])

    /// Uses the process's metrics system.
    package init() {}

    /// Records one answer. A method that no route has is counted as `other`, so that callers cannot make series.
    func answered(
        route: String, method: HTTPRequest.Method, status: HTTPResponse.Status, in elapsed: Duration
    ) {
        let known = Self.methods.contains(method) ? method.rawValue : "other"
        timer(Series(route: route, method: known, status: status.code))
            .recordNanoseconds(elapsed.components.seconds * 1_000_000_000 + elapsed.components.attoseconds / 1_000_000_000)
    }

    private func timer(_ series: Series) -> Timer {
        timers.withLock { timers in
            if let timer = timers[series] { return timer }
            let timer = Timer(
                label: "http.server.request.duration",
                dimensions: [
                    ("http.request.method", series.method), ("http.route", series.route),
                    ("http.response.status_code", String(series.status)),
                ])
            timers[series] = timer
            return timer
        }
    }

    private static let methods: [HTTPRequest.Method] = [.get, .put, .post, .delete, .options, .head, .patch]
}
