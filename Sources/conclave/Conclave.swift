import ArgumentParser
import ConclaveServer

/// The command line.
struct Conclave: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "conclave",
        abstract: "A private, encrypted Matrix chat server.",
        discussion: """
            Every command takes the flags of the settings, most usefully --data-dir and --config-file; \
            'conclave serve --help' lists them all.
            """,
        version: ConclaveVersion.current,
        subcommands: [
            ServeCommand.self, UserCommand.self, RoomCommand.self, NoticeCommand.self, ReportCommand.self, TokenCommand.self,
            KeysCommand.self, AuditCommand.self, SearchCommand.self, DoctorCommand.self, VersionCommand.self,
        ])
}

/// `conclave version`
struct VersionCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "version", abstract: "Print the version.")
    @OptionGroup var output: OutputOptions

    func run() throws {
        try output.print(["version": ConclaveVersion.current]) { "conclave \(ConclaveVersion.current)" }
    }
}
