import Foundation

/// What the system knows about the process, in Prometheus' text format and with its customary names.
enum ProcessMetrics {
    /// The lines, read anew each time.
    static func text() -> String {
        var lines: [String] = []
        func gauge(_ name: String, _ value: String) { lines += ["# TYPE \(name) gauge", "\(name) \(value)"] }
        if let memory = residentBytes() { gauge("process_resident_memory_bytes", "\(memory)") }
        if let files = try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count {
            gauge("process_open_fds", "\(files)")  // absent where there is no /proc
        }
        var usage = rusage()
        if getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage) == 0 {
            let seconds =
                Double(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec)
                + Double(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6
            lines += ["# TYPE process_cpu_seconds_total counter", "process_cpu_seconds_total \(seconds)"]
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// The memory that the process holds.
    static func residentBytes() -> Int? {
        guard let text = FileManager.default.contents(atPath: "/proc/self/statm") else { return nil }
        let fields = String(decoding: text, as: UTF8.self).split(separator: " ")
        return fields.count > 1 ? Int(fields[1]).map { $0 * Int(getpagesize()) } : nil
    }
}
