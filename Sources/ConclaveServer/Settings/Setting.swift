/// One thing about the server that can be set: in the file, in the environment, by a flag.
///
/// Parsing, `conclave doctor` and the reference in `docs/configuration.md` are all made from ``Setting/all``.
package struct Setting: Sendable {
    /// What values a setting takes.
    package enum Kind: Sendable, Equatable {
        /// Any text.
        case text
        /// A file or directory; `~/` stands for the home directory.
        case path
        /// `true` or `false`.
        case flag
        /// A whole number within bounds.
        case number(ClosedRange<Int>)
        /// A TCP port, 0 for any free one, or `none`.
        case port
        /// One of a few words.
        case choice([String])
    }

    /// The name as it stands in the file: parts joined by dots.
    package let name: String
    /// What values it takes.
    package let kind: Kind
    /// The value where nothing else is said, as it would stand in the file; empty where the purpose says what happens.
    package let standard: String
    /// Whether the value is never printed.
    package let isSecret: Bool
    /// What it is for, in a sentence.
    package let purpose: String

    /// A setting of its parts.
    init(_ name: String, _ kind: Kind, _ standard: String, secret: Bool = false, _ purpose: String) {
        self.name = name
        self.kind = kind
        self.standard = standard
        self.isSecret = secret
        self.purpose = purpose
    }

    /// The flag of `conclave serve`.
    package var flag: String { "--" + name.replacing(".", with: "-") }

    /// The environment variable.
    package var variable: String {
        "CONCLAVE_" + name.uppercased().replacing(".", with: "_").replacing("-", with: "_")
    }

    /// The parts of the name, one for each level of the file.
    var components: [String] { name.split(separator: ".").map(String.init) }

    /// The setting of that name.
    package static func named(_ name: String) -> Setting? { all.first { $0.name == name } }
}

extension Setting.Kind {
    /// The values that are taken, in words.
    package var description: String {
        switch self {
        case .text: "text"
        case .path: "path"
        case .flag: "`true` or `false`"
        case .number(let bounds): "number, \(bounds.lowerBound) to \(bounds.upperBound)"
        case .port: "port number (0: any free one) or `none`"
        case .choice(let words): words.map { "`\($0)`" }.joined(separator: ", ")
        }
    }

    /// Says what is wrong with a value, or nil when it is taken.
    func complaint(about text: String) -> String? {
        switch self {
        case .text, .path: nil
        case .flag: Self.truth(of: text) == nil ? "is neither true nor false" : nil
        case .number(let bounds):
            Int(text).map { bounds.contains($0) } == true
                ? nil : "is not a number from \(bounds.lowerBound) to \(bounds.upperBound)"
        case .port:
            text == "none" || Int(text).map { (0...65535).contains($0) } == true
                ? nil : "is neither a port number (0 to 65535) nor 'none'"
        case .choice(let words):
            words.contains(text) ? nil : "is not one of \(words.joined(separator: ", "))"
        }
    }

    /// The truth value that a word stands for.
    static func truth(of text: String) -> Bool? {
        switch text.lowercased() {
        case "true", "yes", "on", "1": true
        case "false", "no", "off", "0": false
        default: nil
        }
    }
}
