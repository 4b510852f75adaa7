import Foundation

/// A plain text message to one person.
///
/// No text can become a header: the subject is encoded word by word, the body is base64, addresses are ``MailAddress``.
package struct MailMessage: Sendable {
    /// To whom it goes.
    package let recipient: MailAddress
    /// The line that stands for it in lists.
    package let subject: String
    /// The text.
    package let text: String

    /// A message.
    package init(to recipient: MailAddress, subject: String, text: String) {
        self.recipient = recipient
        self.subject = subject
        self.text = text
    }

    /// The message as it goes over the wire, without the final dot: lines end in CRLF, none begins with a dot.
    /// - Parameters:
    ///   - id: what makes the message unique, as the left side of its `Message-ID`: letters and digits.
    ///   - date: when it is sent.
    func bytes(from sender: MailAddress, name: String, id: String, date: Date) -> [UInt8] {
        let headers = [
            "From: \(Self.phrase(name)) <\(sender)>", "To: <\(recipient)>", "Subject: \(Self.phrase(subject))",
            "Date: \(Self.format(date))", "Message-ID: <\(id)@\(sender.domain)>", "MIME-Version: 1.0",
            "Content-Type: text/plain; charset=utf-8", "Content-Transfer-Encoding: base64", "Auto-Submitted: auto-generated",
        ]
        let lines = headers + [""] + Self.base64Lines(text)
        return Array((lines.joined(separator: "\r\n") + "\r\n").utf8)
    }

    /// A text as encoded words of [RFC 2047](https://www.rfc-editor.org/rfc/rfc2047), each at most 75 characters long.
    static func phrase(_ text: String) -> String {
        var words: [String] = []
        var part: [UInt8] = []
        for character in text.unicodeScalars.prefix(500) {
            let bytes = Array(String(character).utf8)
            if part.count + bytes.count > 42 {
                words.append(word(part))
                part = []
            }
            part += bytes
        }
        if !part.isEmpty || words.isEmpty { words.append(word(part)) }
        return words.joined(separator: "\r\n ")
    }

    private static func word(_ bytes: [UInt8]) -> String { "=?utf-8?B?\(Data(bytes).base64EncodedString())?=" }

    private static func base64Lines(_ text: String) -> [String] {
        // Text of a message has CRLF between its lines, whatever it has here.
        let lines = text.replacing("\r\n", with: "\n").replacing("\r", with: "\n").replacing("\n", with: "\r\n")
        let encoded = Array(Data(lines.utf8).base64EncodedString().utf8)
        return stride(from: 0, to: encoded.count, by: 76).map {
            String(decoding: encoded[$0..<min($0 + 76, encoded.count)], as: UTF8.self)
        }
    }

    /// A date as [RFC 5322](https://www.rfc-editor.org/rfc/rfc5322#section-3.3) writes it, in UTC.
    static func format(_ date: Date) -> String {
        let days = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        let seconds = Int(date.timeIntervalSince1970.rounded(.down))
        let day = Int((Double(seconds) / 86_400).rounded(.down))
        let time = seconds - day * 86_400
        // Days since 0000-03-01, from which a year ends in February (Howard Hinnant, «chrono-compatible date algorithms»).
        let shifted = day + 719_468
        let era = Int((Double(shifted) / 146_097).rounded(.down))
        let dayOfEra = shifted - era * 146_097
        let year = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * year + year / 4 - year / 100)
        let month = (5 * dayOfYear + 2) / 153
        let number = (month + 2) % 12
        let fullYear = year + era * 400 + (number < 2 ? 1 : 0)
        func two(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
        return "\(days[((day % 7) + 7) % 7]), \(two(dayOfYear - (153 * month + 2) / 5 + 1)) \(months[number]) \(fullYear) "
            + "\(two(time / 3_600)):\(two(time / 60 % 60)):\(two(time % 60)) +0000"
    }
}
