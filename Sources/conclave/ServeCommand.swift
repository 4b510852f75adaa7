import ArgumentParser
import ConclaveServer
import Foundation
import UnixSignals

/// `conclave serve`
struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve", abstract: "Run the server.",
        discussion: """
            Starts without any setting on https://localhost:8448. The first start makes the data directory, the master key, a \
            local certificate authority and the encrypted database, and prints a link for the first administrator.

            SETTINGS (also in the file and the environment, see docs/configuration.md):
            \(SettingsReference.flags)
            """)

    @Flag(help: "Print what the terminal gets as JSON.")
    var json = false

    @Argument(parsing: .allUnrecognized, help: .hidden)
    var unknown: [String] = []

    func run() async throws {
        // What no setting knows goes to the reader of flags all the same: it says what was meant.
        let settings = try Invocation.settings(unknown)
        let metrics = Serving.bootstrap(settings)
        let asJSON = json
        let serving = Serving(settings, environment: Invocation.environment, metrics: metrics) { report in
            Self.show(asJSON ? report.json : report.text)
        }
        do { try await serving.run(stoppingOn: [.sigterm, .sigint]) } catch { throw Invocation.ended(by: error) }
    }

    private static func show(_ text: String) {
        FileHandle.standardOutput.write(Data((text + "\n").utf8))
    }
}
