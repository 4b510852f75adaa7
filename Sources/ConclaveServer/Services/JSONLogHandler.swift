import Foundation
import Logging
import Matrix

/// Writes log lines as JSON objects, one a line, each with a single write so that lines never mix.
package struct JSONLogHandler: LogHandler {
    package var logLevel: Logger.Level
    package var metadata: Logger.Metadata = [:]
    package var metadataProvider: Logger.MetadataProvider?

    private let label: String
    private let now: @Sendable () -> Int64
    private let write: @Sendable ([UInt8]) -> Void

    /// A handler.
    /// - Parameters:
    ///   - now: the clock, milliseconds since 1970.
    ///   - write: where the lines go.
    package init(
        label: String, level: Logger.Level, now: @escaping @Sendable () -> Int64,
        write: @escaping @Sendable ([UInt8]) -> Void = JSONLogHandler.toStandardError
    ) {
        self.label = label
        logLevel = level
        self.now = now
        self.write = write
    }

    package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    package func log(event: LogEvent) {
        var line = JSONWriter(capacity: 256)
        line.object { line in
            line.member("time", Timestamp.text(now()))
            line.member("level", event.level.rawValue)
            line.member("logger", label)
            line.member("message", "\(event.message)")
            var all = metadata
            if let provided = metadataProvider?.get() { all.merge(provided) { _, new in new } }
            if let own = event.metadata { all.merge(own) { _, new in new } }
            // An error's text may carry content, so only its type is told; whoever knows better puts it into the metadata.
            if let error = event.error { all["error"] = "\(type(of: error))" }
            for (key, value) in all.sorted(by: { $0.key < $1.key }) where !Self.ownKeys.contains(key) {
                line.member(key, "\(value)")
            }
        }
        write(line.bytes + [UInt8(ascii: "\n")])
    }

    private static let ownKeys: Set<String> = ["time", "level", "logger", "message"]

    /// Writes a line to standard error.
    package static let toStandardError: @Sendable ([UInt8]) -> Void = { line in
        // There is nowhere to report that the log itself cannot be written.
        _ = line.withUnsafeBytes { Foundation.write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }
}

/// Times as text: RFC 3339 in UTC with milliseconds.
enum Timestamp {
    static func text(_ milliseconds: Int64) -> String {
        var seconds = time_t(milliseconds / 1000)
        var parts = tm()
        gmtime_r(&seconds, &parts)
        func two(_ number: Int32) -> String { number < 10 ? "0\(number)" : "\(number)" }
        let fraction = String(1000 + milliseconds % 1000).dropFirst()
        return "\(parts.tm_year + 1900)-\(two(parts.tm_mon + 1))-\(two(parts.tm_mday))"
            + "T\(two(parts.tm_hour)):\(two(parts.tm_min)):\(two(parts.tm_sec)).\(fraction)Z"
    }

    /// Now, in milliseconds since 1970: the clock that the composition hands to everything that needs one.
    static let now: @Sendable () -> Int64 = {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
    }

    /// A time as a date, for certificates.
    static func date(_ milliseconds: Int64) -> Date { Date(timeIntervalSince1970: Double(milliseconds) / 1000) }
}
