import ArgumentParser
import ConclaveServer

/// `conclave search`
struct SearchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "search", abstract: "Look after the search index.", subcommands: [Status.self, Rebuild.self])

    struct Status: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Show how much is indexed.")
        @OptionGroup var output: OutputOptions

        func run() async throws {
            guard case .search(let search) = try await Invocation.ask(.searchStatus) else { return }
            try output.print(search) { search.sentence }
        }
    }

    struct Rebuild: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make the search index anew.",
            discussion:
                "The running server, or the next start, does it in the background; 'conclave search status' shows how far it is.")
        @OptionGroup var output: OutputOptions

        func run() async throws {
            guard case .search(let search) = try await Invocation.ask(.rebuildSearch) else { return }
            try output.print(search) { "The index is being made anew. " + search.sentence }
        }
    }
}
