import Foundation
import Keys

/// The names of the files in a data directory.
package struct DataFiles: Sendable, Equatable {
    /// The directory.
    package let directory: String

    /// The files of a directory; nothing is touched.
    package init(_ directory: URL) {
        self.directory = directory.path(percentEncoded: false).withoutTrailingSlash
    }

    /// The encrypted database.
    package var database: String { directory + "/conclave.db" }
    /// The wrapped key of the database.
    package var header: String { directory + "/conclave.keys" }
    /// The file that the one process that may work here has locked.
    package var lock: String { directory + "/conclave.lock" }

    /// Whether there is a database, or the key of one.
    package var exist: Bool { [database, header].contains { FileManager.default.fileExists(atPath: $0) } }
}

extension String {
    fileprivate var withoutTrailingSlash: String { count > 1 && hasSuffix("/") ? String(dropLast()) : self }
}
