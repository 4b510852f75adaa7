import ArgumentParser
import ConclaveServer

/// `conclave token`
struct TokenCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "token", abstract: "Make registration tokens.", subcommands: [Create.self])

    struct Create: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make a token with which people can register.",
            discussion: "Tokens are taken when registration.mode is 'token' or 'open'.")

        @Option(help: "The token itself; a random one when absent.")
        var token: String?
        @Option(help: "How many accounts it may make; any number when absent.")
        var uses: Int64?
        @Option(help: "After how many days it runs out; never when absent.")
        var days: Int64?
        @OptionGroup var output: OutputOptions

        func validate() throws {
            if let uses, uses < 1 { throw ValidationError("--uses must be at least 1.") }
            if let days, !(1...36_500).contains(days) { throw ValidationError("--days must be between 1 and 36500.") }
        }

        func run() async throws {
            let request = AdminRequest.createToken(token: token, uses: uses, lifetimeSeconds: days.map { $0 * 86_400 })
            guard case .token(let made) = try await Invocation.ask(request) else { return }
            try output.print(made) { made.token }
        }
    }
}
