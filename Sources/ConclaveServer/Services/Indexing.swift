import Logging
import Search
import ServiceLifecycle

/// Keeps the search index and the user directory behind what is committed, from the start to the stop of the server.
struct Indexing: Service {
    /// Keeps the index.
    let indexer: SearchIndexer
    /// Kept up now and then, so that nobody's search has to take up much.
    let directory: UserDirectory
    /// Where it tells.
    let logger: Logger

    private static let interval: Duration = .seconds(30)

    func run() async throws {
        await cancelWhenGracefulShutdown {
            await withDiscardingTaskGroup { group in
                group.addTask { await indexer.run() }
                group.addTask {
                    while !Task.isCancelled {
                        do { try await directory.refresh() } catch {
                            logger.warning("the user directory is not up to date", metadata: ["error": "\(type(of: error))"])
                        }
                        // Cancellation is the one way in which sleep fails, and the loop ends then.
                        try? await Task.sleep(for: Self.interval)
                    }
                }
            }
        }
    }
}
