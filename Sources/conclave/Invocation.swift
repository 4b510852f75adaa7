import ArgumentParser
import ConclaveServer
import Foundation
import Storage

/// What all commands share: the settings of this call, and the way to whoever has the data open.
enum Invocation {
    /// The flags of settings on this command line.
    @TaskLocal static var settingFlags: [String] = []

    /// The environment of the process.
    static var environment: [String: String] { ProcessInfo.processInfo.environment }

    /// The settings; ends the command with every complaint when they are wrong.
    static func settings(_ more: [String] = []) throws -> Settings {
        do { return try Settings.read(flags: settingFlags + more, environment: environment) } catch { throw ended(by: error) }
    }

    /// Asks the running server; where none runs, opens the data and does it here.
    static func ask(_ request: AdminRequest) async throws -> AdminAnswer {
        let settings = try settings()
        do {
            if let answer = try AdminClient.ask(request, directory: settings.dataDirectory) { return try accepted(answer) }
            let foundations: Foundations
            do {
                foundations = try await .open(
                    settings, environment: environment, adoptsServerName: true, makesData: request.makesData,
                    now: Serving.systemTime)
            } catch {
                // Between the question and the opening a server may have started.
                guard case StorageError.inUse = error,
                    let answer = try AdminClient.ask(request, directory: settings.dataDirectory)
                else { throw error }
                return try accepted(answer)
            }
            let answer = await AdminDesk(foundations).answer(request)
            await foundations.store.close()
            return try accepted(answer)
        } catch let error as ExitCode {
            throw error
        } catch {
            throw ended(by: error)
        }
    }

    /// Says what went wrong; the exit code is what is thrown.
    static func ended(by error: any Error) -> ExitCode {
        let failure = Failure(error)
        complain(failure.sentence)
        return ExitCode(failure.exitCode)
    }

    /// Writes to standard error.
    static func complain(_ text: String) {
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            FileHandle.standardError.write(Data("conclave: \(line)\n".utf8))
        }
    }

    private static func accepted(_ answer: AdminAnswer) throws -> AdminAnswer {
        if case .refused(let sentence, let code) = answer {
            complain(sentence)
            throw ExitCode(code)
        }
        return answer
    }
}

/// How a command tells what it did.
struct OutputOptions: ParsableArguments {
    @Flag(help: "Answer in JSON.")
    var json = false

    /// Prints a value as JSON, or as words.
    func print(_ value: some Encodable, _ words: () -> String) throws {
        guard json else { return Swift.print(words()) }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        encoder.keyEncodingStrategy = .convertToSnakeCase
        Swift.print(String(decoding: try encoder.encode(value), as: UTF8.self))
    }
}
