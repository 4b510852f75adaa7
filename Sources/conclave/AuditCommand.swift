import ArgumentParser
import ConclaveServer

/// `conclave audit`
struct AuditCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit", abstract: "Check the audit log.", subcommands: [Verify.self])

    struct Verify: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Check that no entry of the audit log was altered or cut off.",
            discussion: "Exit code 0: intact, 2: altered, 3: cut off or put back to an older state.")
        @OptionGroup var output: OutputOptions

        func run() async throws {
            guard case .audit(let audit) = try await Invocation.ask(.verifyAudit) else { return }
            try output.print(audit) {
                audit.isIntact
                    ? "The audit log is intact: \(audit.entries) entries."
                    : "The audit log is not intact: entry \(audit.firstBad ?? 0) is \(audit.fault ?? "wrong")."
            }
            if audit.exitCode != 0 { throw ExitCode(audit.exitCode) }
        }
    }
}
