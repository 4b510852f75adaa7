import ArgumentParser
import ConclaveServer

/// `conclave notice`
struct NoticeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "notice", abstract: "Send notices to people.", subcommands: [Send.self])

    struct Send: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Send a notice to one person or to everybody.",
            discussion: """
                Each person gets notices in a room of his own, to which he is invited with the first one: \
                'conclave notice send alice "We move tonight."' or 'conclave notice send --all "We move tonight."'.
                """)
        @Flag(help: "To everybody who has an account.")
        var all = false
        @Argument(help: "The user name or user ID (not with --all), then the text.")
        var words: [String]
        @OptionGroup var output: OutputOptions

        func validate() throws {
            guard words.count == (all ? 1 : 2) else {
                throw ValidationError(all ? "With --all there is one argument, the text." : "Give a user and a text, in quotes.")
            }
        }

        func run() async throws {
            try await output.done(.sendNotice(name: all ? nil : words[0], text: words[words.count - 1]))
        }
    }
}
