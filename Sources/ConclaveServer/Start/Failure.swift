import Keys
import Matrix
import Storage

/// An error as a person at a terminal gets it: a sentence, and the exit code of the command.
package struct Failure: Error, CustomStringConvertible {
    /// What happened and what to do.
    package let sentence: String
    /// The exit code; 1 where no other is known.
    package let exitCode: Int32
    /// The sentence.
    package var description: String { sentence }

    /// A failure of its parts.
    package init(sentence: String, exitCode: Int32) {
        self.sentence = sentence
        self.exitCode = exitCode
    }

    /// The failure that an error is.
    package init(_ error: any Error) {
        switch error {
        case let failure as Failure: self = failure
        case let error as StorageError: self.init(sentence: error.description, exitCode: error.exitCode)
        case let error as KeyError: self.init(sentence: error.description, exitCode: error.exitCode)
        case let error as SettingsError: self.init(sentence: error.description, exitCode: 64)
        case let error as ListenerError: self.init(sentence: error.description, exitCode: 69)
        case let error as MatrixError: self.init(sentence: error.message, exitCode: 1)
        case let error as any MatrixErrorConvertible: self.init(sentence: error.matrixError.message, exitCode: 1)
        default: self.init(sentence: "\(error)", exitCode: 1)
        }
    }
}
