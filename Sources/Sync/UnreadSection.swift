import Matrix
import Rooms
import Storage

extension SyncPass {
    /// Writes how much of a room its reader has not read, in all or by thread.
    func appendUnread(_ room: RoomCase, to section: inout JSONWriter) throws {
        guard request.filter.timeline.countsThreads else {
            let count = try engine.unread.count(room: room.number, user: request.number, upTo: mark.position, tx)
            return section.memberObject("unread_notifications") { count.append(to: &$0) }
        }
        var counts = try engine.unread.byThread(room: room.number, user: request.number, upTo: mark.position, tx)
        let main = counts.removeValue(forKey: UnreadCounts.main) ?? .none
        section.memberObject("unread_notifications") { main.append(to: &$0) }
        section.memberObject("unread_thread_notifications") { threads in
            for (root, count) in counts.sorted(by: { $0.key < $1.key }) { threads.memberObject(root) { count.append(to: &$0) } }
        }
    }
}

extension UnreadCount {
    fileprivate func append(to object: inout JSONWriter) {
        object.member("notification_count", notifications)
        object.member("highlight_count", highlights)
    }
}
