import ArgumentParser
import ConclaveServer

/// `conclave doctor`
struct DoctorCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor", abstract: "Print every setting and where it came from, and what is wrong.",
        discussion: "Changes nothing. Exit code 0: nothing is wrong, 1: something is.")

    @Flag(help: "Print the reference of all settings in Markdown instead.")
    var reference = false
    @OptionGroup var output: OutputOptions

    @Argument(parsing: .allUnrecognized, help: .hidden)
    var unknown: [String] = []

    func run() throws {
        if reference { return print(SettingsReference.markdown, terminator: "") }
        let doctor = Doctor(flags: Invocation.settingFlags + unknown, environment: Invocation.environment)
        let settings = doctor.settings.map { reported in
            Row(
                name: reported.setting.name, value: reported.value, origin: reported.origin.description(of: reported.setting))
        }
        let findings = doctor.examine()
        try output.print(Report(settings: settings, findings: findings)) { Self.words(settings, findings) }
        if findings.contains(where: { $0.state == .error }) { throw ExitCode(1) }
    }

    private struct Row: Encodable {
        let name, value, origin: String
    }

    private struct Report: Encodable {
        let settings: [Row]
        let findings: [Doctor.Finding]
    }

    private static func words(_ settings: [Row], _ findings: [Doctor.Finding]) -> String {
        let width = settings.map(\.name.count).max() ?? 0
        var text = "Settings\n"
        for row in settings {
            let value = row.value.isEmpty ? "(empty)" : row.value
            text += "  " + row.name + String(repeating: " ", count: width - row.name.count + 2) + "\(value)  (\(row.origin))\n"
        }
        text += "\nFindings\n"
        for finding in findings {
            let mark =
                switch finding.state {
                case .ok: "ok      "
                case .warning: "warning "
                case .error: "ERROR   "
                }
            text += "  \(mark) \(finding.subject): \(finding.sentence)\n"
        }
        return String(text.dropLast())
    }
}
