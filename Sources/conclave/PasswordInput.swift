import ArgumentParser
import Foundation

/// Gets a password: from standard input, or from the person at the terminal without showing it.
enum PasswordInput {
    /// The password.
    static func read(fromStandardInput: Bool) throws -> String {
        if fromStandardInput { return try line() }
        guard isatty(STDIN_FILENO) == 1 else {
            Invocation.complain("There is no terminal to ask for the password; pass it with --password-stdin.")
            throw ExitCode(64)
        }
        let first = try ask("Password: ")
        guard try ask("Once more: ") == first else {
            Invocation.complain("The two passwords differ.")
            throw ExitCode(64)
        }
        return first
    }

    private static func ask(_ words: String) throws -> String {
        FileHandle.standardError.write(Data(words.utf8))
        var before = termios()
        tcgetattr(STDIN_FILENO, &before)
        var silent = before
        silent.c_lflag &= ~tcflag_t(ECHO)
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent)
        defer {
            tcsetattr(STDIN_FILENO, TCSAFLUSH, &before)
            FileHandle.standardError.write(Data("\n".utf8))
        }
        return try line()
    }

    private static func line() throws -> String {
        guard let line = readLine(strippingNewline: true), !line.isEmpty else {
            Invocation.complain("The password is empty.")
            throw ExitCode(64)
        }
        return line
    }
}
