import Audit
import Matrix
import Rooms
import Sync

/// What commands do with rooms.
extension AdminDesk {
    func performOnRooms(_ request: AdminRequest) async throws -> AdminAnswer {
        let rooms = try await openRooms()
        let now = Serving.systemTime()
        switch request {
        case .listRooms: return .rooms(try await Self.allRooms(rooms))
        case .purgeRoom(let name):
            let room = try await Self.room(name, rooms)
            try await rooms.purge(room, by: Self.onMachine, at: now)
            return .done(
                sentence:
                    "\(room.rawValue) is being purged: its members leave now, and the running server destroys its content in the next minutes."
            )
        case .holdRoom(let name, let reason):
            let room = try await Self.room(name, rooms)
            try await rooms.hold(room, reason: reason, by: Self.onMachine, at: now)
            return .done(sentence: "\(room.rawValue) is under legal hold.")
        case .releaseRoom(let name):
            let room = try await Self.room(name, rooms)
            try await rooms.release(room, by: Self.onMachine, at: now)
            return .done(sentence: "The legal hold of \(room.rawValue) has ended.")
        case .sendNotice(let name, let text):
            let notices = ServerNotices(rooms)
            let people = try await people(name)
            for person in people { try await notices.send(text, to: person, by: Self.onMachine, at: Serving.systemTime()) }
            return .done(sentence: people.count == 1 ? "Sent to \(people[0].rawValue)." : "Sent to \(people.count) people.")
        case .listReports: return .reports(try await Self.allReports(rooms))
        default: return .refused(sentence: "This is no command about rooms.", exitCode: 64)
        }
    }

    private static func room(_ name: String, _ rooms: RoomActions) async throws -> RoomID {
        name.hasPrefix("#") ? try await rooms.resolve(RoomAlias(parsing: name)) : try RoomID(parsing: name)
    }

    private static func allRooms(_ rooms: RoomActions) async throws -> [AdminRoom] {
        var all: [AdminRoom] = []
        var last: Int64 = 0
        while true {
            let page = try await rooms.list(after: last)
            all += page.map(AdminRoom.init)
            guard let next = page.last?.number else { return all }
            last = next
        }
    }

    private static func allReports(_ rooms: RoomActions) async throws -> [AdminReport] {
        var all: [AdminReport] = []
        while true {
            let page = try await rooms.reports(after: all.last?.id ?? 0, limit: 500)
            guard !page.isEmpty else { return all }
            all += page.map(AdminReport.init)
        }
    }
}
