import CoreMetrics
import Synchronization

/// Keeps all metrics of the process and writes them in Prometheus' text format.
/// See [the format](https://prometheus.io/docs/instrumenting/exposition_formats/).
package final class MetricsRegistry: MetricsFactory, Sendable {
    private struct Key: Hashable {
        let name: String
        let labels: String
    }

    private struct Series {
        var counters: [Key: CounterSeries] = [:]
        var gauges: [Key: GaugeSeries] = [:]
        var histograms: [Key: HistogramSeries] = [:]
    }

    private let series = Mutex(Series())

    /// A registry without series.
    package init() {}

    package func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler { counter(label, dimensions) }
    package func makeFloatingPointCounter(
        label: String, dimensions: [(String, String)]
    ) -> any FloatingPointCounterHandler { counter(label, dimensions) }
    package func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler { gauge(label, dimensions) }
    package func makeRecorder(
        label: String, dimensions: [(String, String)], aggregate: Bool
    ) -> any RecorderHandler {
        aggregate ? histogram(label, dimensions, HistogramSeries.sizeBounds) : gauge(label, dimensions)
    }
    package func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        histogram(label + "_seconds", dimensions, HistogramSeries.secondBounds)
    }

    // Counts must not start again because a handle was let go, so series stay.
    package func destroyCounter(_ handler: any CounterHandler) {}
    package func destroyFloatingPointCounter(_ handler: any FloatingPointCounterHandler) {}
    package func destroyMeter(_ handler: any MeterHandler) {}
    package func destroyRecorder(_ handler: any RecorderHandler) {}
    package func destroyTimer(_ handler: any TimerHandler) {}

    /// Everything, as text.
    package func text() -> String {
        let all = series.withLock { $0 }
        var lines: [String] = []
        Self.write(all.counters, "counter", &lines) { key, counter, lines in
            lines.append(Self.line(key.name + "_total", key.labels, counter.value))
        }
        Self.write(all.gauges, "gauge", &lines) { key, gauge, lines in
            lines.append(Self.line(key.name, key.labels, gauge.value))
        }
        Self.write(all.histograms, "histogram", &lines) { key, histogram, lines in
            let tally = histogram.tally
            for (index, count) in tally.buckets.enumerated() {
                let bound = index < histogram.bounds.count ? "\(histogram.bounds[index])" : "+Inf"
                let labels = (key.labels.isEmpty ? "" : key.labels + ",") + "le=\"\(bound)\""
                lines.append(Self.line(key.name + "_bucket", labels, Double(count)))
            }
            lines.append(Self.line(key.name + "_sum", key.labels, tally.sum))
            lines.append(Self.line(key.name + "_count", key.labels, Double(tally.buckets.last ?? 0)))
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func write<Value>(
        _ series: [Key: Value], _ type: String, _ lines: inout [String],
        _ each: (Key, Value, inout [String]) -> Void
    ) {
        var last = ""
        for (key, value) in series.sorted(by: { ($0.key.name, $0.key.labels) < ($1.key.name, $1.key.labels) }) {
            if key.name != last {
                lines.append("# TYPE \(key.name)\(type == "counter" ? "_total" : "") \(type)")
                last = key.name
            }
            each(key, value, &lines)
        }
    }

    private static func line(_ name: String, _ labels: String, _ value: Double) -> String {
        let number = value == value.rounded() && value.magnitude < 1e15 ? "\(Int64(value))" : "\(value)"
        return labels.isEmpty ? "\(name) \(number)" : "\(name){\(labels)} \(number)"
    }

    private func counter(_ label: String, _ dimensions: [(String, String)]) -> CounterSeries {
        series.withLock { $0.counters.value(of: Self.key(label, dimensions), else: CounterSeries()) }
    }

    private func gauge(_ label: String, _ dimensions: [(String, String)]) -> GaugeSeries {
        series.withLock { $0.gauges.value(of: Self.key(label, dimensions), else: GaugeSeries()) }
    }

    private func histogram(_ label: String, _ dimensions: [(String, String)], _ bounds: [Double]) -> HistogramSeries {
        series.withLock { $0.histograms.value(of: Self.key(label, dimensions), else: HistogramSeries(bounds: bounds)) }
    }

    private static func key(_ label: String, _ dimensions: [(String, String)]) -> Key {
        Key(
            name: identifier(label),
            labels: dimensions.map { "\(identifier($0.0))=\"\(escaped($0.1))\"" }.joined(separator: ","))
    }

    private static func identifier(_ text: String) -> String {
        let safe = String(text.map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "_" })
        return safe.first?.isNumber == true ? "_" + safe : safe
    }

    private static func escaped(_ text: String) -> String {
        text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
    }
}

extension Dictionary {
    /// The value of a key, put there first when there is none.
    fileprivate mutating func value(of key: Key, else make: @autoclosure () -> Value) -> Value {
        if let value = self[key] { return value }
        let value = make()
        self[key] = value
        return value
    }
}
