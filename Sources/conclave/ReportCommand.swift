import ArgumentParser
import ConclaveServer

/// `conclave report`
struct ReportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report", abstract: "Look at what people reported.", subcommands: [List.self])

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List all reports, the oldest first.")
        @OptionGroup var output: OutputOptions

        func run() async throws {
            guard case .reports(let reports) = try await Invocation.ask(.listReports) else { return }
            try output.print(reports) {
                reports.isEmpty
                    ? "Nothing was reported."
                    : reports.map { report in
                        let subject = [report.room, report.event, report.user].compactMap(\.self).joined(separator: " ")
                        return "\(report.id)\t\(report.reporter)\t\(subject)\t\(report.reason)"
                    }.joined(separator: "\n")
            }
        }
    }
}
