import EndToEnd
import Identity
import Logging
import Media
import Rooms
import ServiceLifecycle
import Sync

/// What has to be done without anybody asking: the clocks of long polls, typing and presence, tidying up, giving memory back.
struct Housekeeping: Service {
    /// Keeps the clocks.
    let engine: SyncEngine
    /// Tidied once a minute.
    let accounts: Accounts
    /// Tidied once a minute.
    let keys: KeyServer
    /// Relieved of what is old, once a minute.
    let media: MediaRepository
    /// Looks after rooms once a minute.
    let custody: RoomCustody
    /// The clock, milliseconds since 1970.
    let now: @Sendable () -> Int64
    /// Where it tells.
    let logger: Logger

    private static let interval: Duration = .seconds(60)
    private static let thriftInterval: Duration = .seconds(20)

    func run() async throws {
        await cancelWhenGracefulShutdown {
            await withDiscardingTaskGroup { group in
                group.addTask { await engine.run() }
                group.addTask {
                    // Files without a row are looked for in the first minute, and then every hour.
                    var minute = 0
                    while !Task.isCancelled {
                        // Cancellation is the one way in which sleep fails, and the loop ends then.
                        try? await Task.sleep(for: Self.interval)
                        if !Task.isCancelled { await tidy(sweeping: minute.isMultiple(of: 60)) }
                        minute += 1
                    }
                }
                group.addTask {
                    while !Task.isCancelled {
                        // As above.
                        try? await Task.sleep(for: Self.thriftInterval)
                        Allocator.giveBack()
                    }
                }
            }
        }
    }

    private func tidy(sweeping: Bool) async {
        let (accounts, keys, media, custody, time) = (accounts, keys, media, custody, now())
        await attempt("accounts") { try await accounts.tidy() }
        await attempt("keys") { try await keys.tidy(at: time) }
        await attempt("files") {
            try await media.expire(at: time)
            if sweeping { try await media.sweep(untouchedFor: 3600) }
        }
        await attempt("rooms") { try await custody.tidy(at: time) }
    }

    /// Does one part of the work; the others are not kept waiting by its failure.
    private func attempt(_ part: String, _ work: () async throws -> Void) async {
        do { try await work() } catch {
            logger.warning(
                "tidying up failed, next try in a minute", metadata: ["part": "\(part)", "error": "\(type(of: error))"])
        }
    }
}

/// Sends the waiting home when the server stops: it is the first to hear of it.
struct Drain: Service {
    /// Told first.
    let readiness: Readiness
    /// Whose long polls are answered at once.
    let hub: StreamHub

    func run() async throws {
        // Fails only when cancelled, and then there is nobody left to send home.
        try? await gracefulShutdown()
        readiness.set(false)
        hub.drain()
    }
}
