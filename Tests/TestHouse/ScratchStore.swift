import Foundation
import Keys
import Storage
import Synchronization

/// A database in a directory of its own, which goes when nobody holds it any more.
package final class ScratchStore: Sendable {
    /// The database.
    package let store: Store
    /// Where it lies.
    package let directory: URL

    /// Opens a new database with these tables.
    package init(_ name: String, migrations: [Migration], holdings: [Holding] = []) throws {
        directory = FileManager.default.temporaryDirectory.appending(path: "\(name)-\(UUID().uuidString)")
        var options = Store.Options(directory: directory, masterKey: .random(), migrations: migrations)
        if !holdings.isEmpty { options.holdings = holdings }
        store = try Store.open(options)
    }

    deinit {
        let (store, directory) = (store, directory)
        Task {
            await store.close()
            try? FileManager.default.removeItem(at: directory)  // a directory left in the temporary one harms nobody
        }
    }
}

/// A clock that moves by a millisecond at each look, and further when the test says so.
package final class TickingClock: Sendable {
    private let time = Mutex<Int64>(1_790_000_000_000)

    /// A clock.
    package init() {}

    /// The next millisecond.
    package var now: Int64 {
        time.withLock {
            $0 += 1
            return $0
        }
    }

    /// Lets so many milliseconds pass.
    package func pass(_ milliseconds: Int64) { time.withLock { $0 += milliseconds } }
}
