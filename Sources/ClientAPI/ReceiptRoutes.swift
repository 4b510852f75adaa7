import Access
import Audit
import HTTPSurface
import HTTPTypes
import Identity
import Matrix
import Rooms
import Sync

extension ClientRoutes {
    /// Telling how far one has read.
    static func receipts(_ services: ClientServices) -> [Route] {
        [
            Route(
                .post, "/_matrix/client/v3/rooms/{roomId}/receipt/{receiptType}/{eventId}", permission: .roomReceiptSend,
                audit: .writes(.dataReceipt)
            ) { exchange, session in
                let roomID = try RoomID(parsing: exchange.path("roomId"))
                let type = try exchange.path("receiptType")
                let eventID = try EventID(parsing: exchange.path("eventId"))
                let thread = try thread(try await exchange.bodyOrEmpty())
                if type == fullyRead {
                    guard thread == .unthreaded else { throw MatrixError.invalidParam("m.fully_read knows no threads") }
                    try await markFullyRead(eventID, in: roomID, exchange, session, services)
                } else {
                    guard let kind = ReceiptKind(rawValue: type) else {
                        throw MatrixError.invalidParam("the receipt type must be m.read, m.read.private or m.fully_read")
                    }
                    try await services.rooms.acknowledge(
                        [ReceiptWish(kind, eventID, thread: thread)], in: roomID, by: session.requester, at: exchange.now)
                }
                services.sync.presence?.active(session.requester.number, now: exchange.now)
                return .empty
            },
            Route(
                .post, "/_matrix/client/v3/rooms/{roomId}/read_markers", permission: .roomReceiptSend,
                audit: .writes(.dataReceipt)
            ) { exchange, session in
                let roomID = try RoomID(parsing: exchange.path("roomId"))
                let body = try await exchange.bodyOrEmpty()
                let marker = try body.optionalString(fullyRead).map { try EventID(parsing: $0) }
                let receipts = try ReceiptKind.allCases.compactMap { kind in
                    try body.optionalString(kind.rawValue).map { ReceiptWish(kind, try EventID(parsing: $0)) }
                }
                try await services.rooms.acknowledge(receipts, in: roomID, by: session.requester, at: exchange.now)
                if let marker { try await markFullyRead(marker, in: roomID, exchange, session, services) }
                services.sync.presence?.active(session.requester.number, now: exchange.now)
                return .empty
            },
        ]
    }

    private static let fullyRead = "m.fully_read"

    /// The thread that a receipt is about.
    /// - Throws: `M_INVALID_PARAM` when `thread_id` is neither `main` nor an event ID.
    private static func thread(_ body: JSON) throws(MatrixError) -> ReceiptThread {
        guard let value = body["thread_id"] else { return .unthreaded }
        guard let text = value.string, !text.isEmpty else {
            throw .invalidParam("thread_id must be main or the event ID of the thread's root")
        }
        return text == "main" ? .main : .root(try EventID(parsing: text))
    }

    /// Moves the read marker, which is account data of the room; like receipts it only moves forward.
    private static func markFullyRead(
        _ eventID: EventID, in roomID: RoomID, _ exchange: Exchange, _ session: Session, _ services: ClientServices
    ) async throws {
        let requester = session.requester
        let position = try await services.rooms.reads.position(of: eventID, in: roomID, by: requester)
        if let before = try await marker(in: roomID, of: session, services) {
            do {
                guard try await services.rooms.reads.position(of: before, in: roomID, by: requester) < position else { return }
            } catch RoomReadError.eventNotFound {
                // The old marker leads nowhere any more, so the new one is ahead of it.
            }
        }
        try await services.sync.accountData.putFullyRead(eventID, in: roomID, by: requester, at: exchange.now)
    }

    private static func marker(in roomID: RoomID, of session: Session, _ services: ClientServices) async throws -> EventID? {
        do {
            let content = try await services.sync.accountData.content(fullyRead, in: roomID, of: session.requester.number)
            return try JSON(parsing: content)["event_id"]?.string.map { try EventID(parsing: $0) }
        } catch let error as MatrixError where error.code == .notFound {
            return nil
        }
    }
}
