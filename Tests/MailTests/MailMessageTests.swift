import Foundation
import Testing

@testable import Mail

@Suite("Mail")
struct MailMessageTests {
    @Test(
        "an address cannot be anything but an address",
        arguments: [
            ("alice@example.org", true), ("a.b+c@mail.example.org", true), ("alice@localhost", true),
            ("o'neil@example.org", true),
            ("", false), ("alice", false), ("@example.org", false), ("alice@", false), ("alice@b@c", false),
            ("alice@example.org\r\nRCPT TO:<mallory@example.org>", false), ("alice@example.org>", false),
            ("<alice@example.org", false), ("alice bob@example.org", false), (".alice@example.org", false),
            ("a..b@example.org", false), ("alice@-example.org", false), ("alice@example..org", false),
            ("ålice@example.org", false),
            ("\"alice\"@example.org", false), ("alice@[127.0.0.1]", false), ("alice@example.org,bob@example.org", false),
        ])
    func addresses(_ text: String, _ isOne: Bool) {
        #expect((MailAddress(text) != nil) == isOne)
    }

    @Test("no subject and no text can become a header or the end of the message")
    func injection() throws {
        let recipient = try #require(MailAddress("alice@example.org"))
        let sender = try #require(MailAddress("chat@example.org"))
        let message = MailMessage(
            to: recipient, subject: "hello\r\nBcc: mallory@example.org\r\n\r\nx", text: "one\n.\r\nQUIT\r\n.\n")
        let text = String(
            decoding: message.bytes(from: sender, name: "C\nX: y", id: "1", date: Date(timeIntervalSince1970: 0)), as: UTF8.self)
        #expect(!text.contains("Bcc") && !text.contains("QUIT") && !text.contains("X: y"))
        for line in text.split(separator: "\r\n", omittingEmptySubsequences: false) {
            #expect(!line.hasPrefix(".") && line.utf8.count <= 998 && !line.utf8.contains(0x0a) && !line.utf8.contains(0x0d))
        }
        let body = try #require(text.components(separatedBy: "\r\n\r\n").last).replacing("\r\n", with: "")
        #expect(Data(base64Encoded: body).map { String(decoding: $0, as: UTF8.self) } == "one\r\n.\r\nQUIT\r\n.\r\n")
    }

    @Test("a long subject is cut into words that may stand in a header, each whole by itself")
    func longSubject() {
        let folded = MailMessage.phrase(String(repeating: "日本語🦊", count: 20))
        let words = folded.components(separatedBy: "\r\n ")
        let text = words.map { word in
            #expect(word.utf8.count <= 75)
            return Data(base64Encoded: String(word.dropFirst(10).dropLast(2))).flatMap { String(data: $0, encoding: .utf8) }
                ?? "?"
        }.joined()
        #expect(text == String(repeating: "日本語🦊", count: 20))
    }

    @Test(
        "dates are written as RFC 5322 has them",
        arguments: [
            (0, "Thu, 01 Jan 1970 00:00:00 +0000"), (951_782_400, "Tue, 29 Feb 2000 00:00:00 +0000"),
            (1_790_000_000, "Mon, 21 Sep 2026 14:13:20 +0000"), (4_107_542_399, "Sun, 28 Feb 2100 23:59:59 +0000"),
            (1_704_067_199, "Sun, 31 Dec 2023 23:59:59 +0000"),
        ] as [(Double, String)])
    func dates(_ seconds: Double, _ text: String) {
        #expect(MailMessage.format(Date(timeIntervalSince1970: seconds)) == text)
    }
}
