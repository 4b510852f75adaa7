import ArgumentParser
import ConclaveServer

/// `conclave user`
struct UserCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "user", abstract: "Make and list accounts, set passwords.",
        subcommands: [Create.self, List.self, ResetPassword.self])

    struct Create: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make an account.", discussion: "Works whether the server runs or not.")

        @Argument(help: "The user name, without @ and server name.")
        var name: String
        @Flag(help: "Take the password from the first line of standard input.")
        var passwordStdin = false
        @Flag(help: "Make an administrator.")
        var admin = false
        @Flag(help: "Begin a session and print its access token.")
        var printToken = false
        @OptionGroup var output: OutputOptions

        func run() async throws {
            let password = try PasswordInput.read(fromStandardInput: passwordStdin)
            let request = AdminRequest.createUser(name: name, password: password, admin: admin, session: printToken)
            guard case .user(let user) = try await Invocation.ask(request) else { return }
            // With --print-token the token stands alone on standard output, for scripts.
            if printToken, !output.json { Invocation.complain("made \(user.userID)") }
            try output.print(user) { user.accessToken ?? "Made \(user.userID) (\(user.role))." }
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List all accounts.")
        @OptionGroup var output: OutputOptions

        func run() async throws {
            guard case .users(let users) = try await Invocation.ask(.listUsers) else { return }
            try output.print(users) {
                users.isEmpty
                    ? "There are no accounts yet."
                    : users.map { "\($0.userID)\t\($0.role)\t\($0.standing)" }.joined(separator: "\n")
            }
        }
    }

    struct ResetPassword: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "reset-password", abstract: "Set somebody's password; all sessions of the account end.")

        @Argument(help: "The user name or the whole user ID.")
        var name: String
        @Flag(help: "Take the password from the first line of standard input.")
        var passwordStdin = false
        @OptionGroup var output: OutputOptions

        func run() async throws {
            let password = try PasswordInput.read(fromStandardInput: passwordStdin)
            guard case .user(let user) = try await Invocation.ask(.resetPassword(name: name, password: password)) else { return }
            try output.print(user) { "The password of \(user.userID) is set; all its sessions have ended." }
        }
    }
}
