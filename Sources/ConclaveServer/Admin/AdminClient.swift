import Foundation

/// Asks the running server, or does without one.
package enum AdminClient {
    /// The answer of the server that works on a data directory; nil when none does.
    /// - Throws: when it breaks off in the middle.
    package static func ask(_ request: AdminRequest, directory: String) throws -> AdminAnswer? {
        guard FileManager.default.fileExists(atPath: directory + "/conclave.sock") else { return nil }
        let place = try AdminPlace(directory: directory)
        let socket = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard socket >= 0 else { return nil }
        defer { close(socket) }
        guard connect(socket, to: place.path) else { return nil }
        try send([UInt8](try JSONEncoder().encode(request)) + [UInt8(ascii: "\n")], over: socket)
        let answer = receive(from: socket)
        guard answer.last == UInt8(ascii: "\n") else {
            throw Failure(sentence: "The server ended before it answered.", exitCode: 69)
        }
        return try JSONDecoder().decode(AdminAnswer.self, from: Data(answer))
    }

    private static func connect(_ socket: Int32, to path: String) -> Bool {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8.prefix($0.count - 1)) }
        return withUnsafePointer(to: address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Foundation.connect(socket, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0
            }
        }
    }

    private static func send(_ bytes: [UInt8], over socket: Int32) throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Foundation.send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            guard count > 0 else { throw Failure(sentence: "The server went away.", exitCode: 69) }
            rest = rest.dropFirst(count)
        }
    }

    private static func receive(from socket: Int32) -> [UInt8] {
        var answer: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = recv(socket, &buffer, buffer.count, 0)
            guard count > 0 else { return answer }
            answer += buffer.prefix(count)
        }
    }
}
