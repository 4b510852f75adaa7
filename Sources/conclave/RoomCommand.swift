import ArgumentParser
import ConclaveServer

/// `conclave room`
struct RoomCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "room", abstract: "List rooms, purge them, put them under legal hold.",
        subcommands: [List.self, Purge.self, Hold.self, Release.self])

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List all rooms.",
            discussion: "Says that a room is there and how many are in it; names and content are not shown.")
        @OptionGroup var output: OutputOptions

        func run() async throws {
            guard case .rooms(let rooms) = try await Invocation.ask(.listRooms) else { return }
            try output.print(rooms) {
                rooms.isEmpty
                    ? "There are no rooms yet."
                    : rooms.map { room in
                        var words = "\(room.roomID)\tversion \(room.version)\t\(room.members) joined"
                        if room.published { words += "\tpublished" }
                        if room.held { words += "\theld" }
                        if room.purging { words += "\tbeing purged" }
                        return words
                    }.joined(separator: "\n")
            }
        }
    }

    struct Purge: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Remove everybody from a room and destroy what was said there.",
            discussion: "The room's key is destroyed, so backups lose it, too. The audit log stays. Cannot be undone.")
        @Argument(help: "The room ID or an alias.")
        var room: String
        @OptionGroup var output: OutputOptions

        func run() async throws { try await output.done(.purgeRoom(name: room)) }
    }

    struct Hold: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Put a room under legal hold: nothing of it is deleted until it is released.",
            discussion: "Wins over retention, purge and erasure; what people redact is kept aside. On record in the audit log.")
        @Argument(help: "The room ID or an alias.")
        var room: String
        @Option(help: "Why.")
        var reason = ""
        @OptionGroup var output: OutputOptions

        func run() async throws { try await output.done(.holdRoom(name: room, reason: reason)) }
    }

    struct Release: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "End the legal hold of a room; what was kept aside for it is deleted.")
        @Argument(help: "The room ID or an alias.")
        var room: String
        @OptionGroup var output: OutputOptions

        func run() async throws { try await output.done(.releaseRoom(name: room)) }
    }
}

extension OutputOptions {
    /// Asks for something whose answer is a sentence, and prints it.
    func done(_ request: AdminRequest) async throws {
        guard case .done(let sentence) = try await Invocation.ask(request) else { return }
        try print(["done": sentence]) { sentence }
    }
}
