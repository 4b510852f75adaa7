import ConclaveServer
import CoreMetrics
import Logging
import Testing

@Suite("Log and metrics")
struct LogTests {
    @Test("a line is one JSON object with time, level and metadata, whatever the message holds")
    func lines() {
        let lines = Lines()
        var logger = lines.logger
        logger[metadataKey: "room"] = "!a"
        logger.info("a \"quoted\"\nmessage", metadata: ["n": "1", "time": "forged"])
        #expect(
            lines.text
                == #"{"time":"1970-01-01T00:00:00.000Z","level":"info","logger":"conclave.test","message":"a \"quoted\"\nmessage","n":"1","room":"!a"}"#
                + "\n")
    }

    @Test("metrics are written as Prometheus reads them")
    func metrics() {
        let registry = MetricsRegistry()
        registry.makeCounter(label: "events.sent", dimensions: [("kind", "a\"b")]).increment(by: 3)
        registry.makeCounter(label: "events.sent", dimensions: [("kind", "a\"b")]).increment(by: 4)
        registry.makeMeter(label: "waiting", dimensions: []).set(Int64(2))
        let timer = registry.makeTimer(label: "took", dimensions: [])
        timer.recordNanoseconds(4_000_000)
        timer.recordNanoseconds(400_000_000)
        let text = registry.text()
        #expect(text.contains("# TYPE events_sent_total counter\nevents_sent_total{kind=\"a\\\"b\"} 7\n"))
        #expect(text.contains("# TYPE waiting gauge\nwaiting 2\n"))
        #expect(text.contains("took_seconds_bucket{le=\"0.0025\"} 0\ntook_seconds_bucket{le=\"0.005\"} 1\n"))
        #expect(text.contains("took_seconds_bucket{le=\"+Inf\"} 2\ntook_seconds_sum 0.404\ntook_seconds_count 2\n"))
    }
}
