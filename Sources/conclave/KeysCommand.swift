import ArgumentParser
import ConclaveServer

/// `conclave keys`
struct KeysCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keys", abstract: "Look at the keys and rotate them.", subcommands: [Status.self, Rotate.self])

    struct Status: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Say which master key is in use and what it protects.")
        @OptionGroup var output: OutputOptions

        func run() async throws {
            guard case .keys(let keys) = try await Invocation.ask(.keysStatus) else { return }
            try output.print(keys) { KeysCommand.words(keys) }
        }
    }

    struct Rotate: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make a new master key and wrap everything anew.",
            discussion: "Can be killed at any moment: the next call, or the next start, goes on where it was.")
        @OptionGroup var output: OutputOptions

        func run() async throws {
            guard case .keys(let keys) = try await Invocation.ask(.rotateKeys) else { return }
            try output.print(keys) { "Rotated. Copy the new key to a safe place.\n" + KeysCommand.words(keys) }
        }
    }

    private static func words(_ keys: AdminKeys) -> String {
        """
        Master key   \(keys.masterKey), generation \(keys.generation)
        Kept in      \(keys.source)
        Data keys    \(keys.dataKeys)\(keys.waiting > 0 ? ", \(keys.waiting) of them still to be wrapped anew" : "")
        """
    }
}
