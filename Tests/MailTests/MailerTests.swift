import Foundation
import Glibc
import Testing

@testable import Mail

/// A mail server on this machine that takes every message and answers whatever its script says; what the script does not know
/// it never answers.
private final class MailServerDouble: Sendable {
    let port: Int
    private let listener: Int32

    /// - Parameter script: what is said to a line that begins with a word; `.` ends a message.
    init(_ script: [String: String]) throws {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        self.listener = listener
        var name = sockaddr_in()
        name.sin_family = sa_family_t(AF_INET)
        name.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let status = withUnsafeMutablePointer(to: &name) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, length) == 0 && listen(listener, 8) == 0 && getsockname(listener, $0, &length) == 0
            }
        }
        guard status else { throw MailError.connection("the double") }
        port = Int(UInt16(bigEndian: name.sin_port))
        Thread.detachNewThread {
            while true {
                let connection = accept(listener, nil, nil)
                guard connection >= 0 else { return }
                Self.serve(connection, script)
                close(connection)
            }
        }
    }

    deinit {
        shutdown(listener, Int32(SHUT_RDWR))
        close(listener)
    }

    /// `MSG_NOSIGNAL`: to write to somebody who hung up is no reason to die.
    private static let noSignal: Int32 = 0x4000

    private static func serve(_ connection: Int32, _ script: [String: String]) {
        func say(_ line: String) { _ = send(connection, line + "\r\n", line.utf8.count + 2, noSignal) }
        say("220 double")
        var isMessage = false
        while let line = line(connection) {
            guard !isMessage || line == "." else { continue }
            isMessage = false
            guard let answer = script.first(where: { line.hasPrefix($0.key) })?.value else { continue }
            say(answer)
            isMessage = answer.hasPrefix("354")
        }
    }

    private static func line(_ connection: Int32) -> String? {
        var bytes: [UInt8] = []
        var byte: UInt8 = 0
        while recv(connection, &byte, 1, 0) == 1 {
            if byte == UInt8(ascii: "\n") {
                return String(decoding: bytes, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
            }
            bytes.append(byte)
        }
        return nil
    }
}

@Suite("Handing mail in", .timeLimit(.minutes(5)))
struct MailerTests {
    private static let polite = [
        "EHLO": "250 double", "MAIL": "250 ok", "RCPT": "250 ok", "DATA": "354 go on", ".": "250 taken", "QUIT": "221 bye",
    ]

    private func send(_ script: [String: String], within timeout: Duration = .seconds(60)) async throws {
        let double = try MailServerDouble(script)
        defer { withExtendedLifetime(double) {} }
        let address = try #require(MailAddress("chat@example.org"))
        let mailer = Mailer(
            MailServer(
                host: "127.0.0.1", port: double.port, security: .none, credentials: nil, sender: address, senderName: "Chat"),
            timeout: timeout)
        let message = MailMessage(to: try #require(MailAddress("alice@example.org")), subject: "hello", text: "one\n")
        try await mailer.send(message, id: "1", date: Date(timeIntervalSince1970: 0))
    }

    @Test("a message that was taken is delivered, whether the server says goodbye or not", arguments: [true, false])
    func taken(_ saysGoodbye: Bool) async throws {
        var script = Self.polite
        if !saysGoodbye { script["QUIT"] = nil }
        try await send(script)
    }

    @Test("a message that was not taken is not delivered, and says whether it may be later")
    func notTaken() async throws {
        await #expect(throws: MailError.timeout) { try await send(Self.polite.filter { $0.key != "." }, within: .seconds(1)) }
        await #expect(throws: MailError.refused(code: 451, step: "the message")) {
            try await send(Self.polite.merging([".": "451 later"]) { _, new in new })
        }
        await #expect(throws: MailError.refused(code: 550, step: "the recipient")) {
            try await send(Self.polite.merging(["RCPT": "550 nobody"]) { _, new in new })
        }
    }
}
