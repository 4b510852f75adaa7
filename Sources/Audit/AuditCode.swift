/// What happened, as a name in the form `area.object.act`, with the stream and severity that it is reported with.
///
/// All codes stand in `AuditCodes.swift`; a code that was released never changes its meaning.
package struct AuditCode: Sendable, Hashable, CustomStringConvertible {
    /// Which of the log streams it belongs to.
    package enum Stream: String, Sendable, CaseIterable {
        case operation, security, error
    }

    /// How serious it is, as in [RFC 5424](https://www.rfc-editor.org/rfc/rfc5424#section-6.2.1); lower is worse.
    package enum Severity: Int, Sendable, CaseIterable, Comparable {
        case emergency, alert, critical, error, warning, notice, informational, debug

        /// Worse before better.
        package static func < (left: Severity, right: Severity) -> Bool { left.rawValue < right.rawValue }
    }

    /// The name, as it stands in the log.
    package let rawValue: String
    /// The stream that it belongs to.
    package let stream: Stream
    /// Its severity.
    package let severity: Severity

    /// A code with its stream and severity.
    package init(_ rawValue: String, _ stream: Stream = .operation, _ severity: Severity = .informational) {
        self.rawValue = rawValue
        self.stream = stream
        self.severity = severity
    }

    /// Equal by name.
    package static func == (left: AuditCode, right: AuditCode) -> Bool { left.rawValue == right.rawValue }

    /// By name.
    package func hash(into hasher: inout Hasher) { hasher.combine(rawValue) }

    /// The name.
    package var description: String { rawValue }
}
