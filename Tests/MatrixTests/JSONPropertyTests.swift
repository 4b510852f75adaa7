import Foundation
import Matrix
import Testing

/// Numbers that look random and are the same in every run.
struct Dice: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}

@Suite("JSON, by chance")
struct JSONPropertyTests {
    static let event = Array(
        #"{ "type" :"m.room.message","sender":"@alice:example.org","content":{"msgtype":"m.text","body":"gr\u00fc\u00dfe \ud83d\ude00\n, bob – 日本"},"origin_server_ts":1732440000123,"depth":-12,"auth_events":["$a","$b"],"unsigned":{"age":1.5e3,"empty":[],"none":{},"null":null,"yes":true,"no":false} }"#
            .utf8)

    @Test("no prefix of a document is a document")
    func prefixes() {
        for length in 0..<Self.event.count {
            #expect(throws: JSONError.self) { try JSON(parsing: Array(Self.event[..<length])) }
        }
    }

    @Test("what one changed byte leaves valid, Foundation reads likewise")
    func mutations() throws {
        var dice = Dice(state: 1)
        for round in 0..<10_000 {
            var bytes = Self.event
            for _ in 0...(round % 3) {
                let at = Int.random(in: 0..<bytes.count, using: &dice)
                switch Int.random(in: 0..<4, using: &dice) {
                case 0: bytes[at] = UInt8.random(in: 0...255, using: &dice)
                case 1: bytes.remove(at: at)
                case 2: bytes.insert(Array("{}[]\",:\\u0123eE+-. \n".utf8).randomElement(using: &dice) ?? 0, at: at)
                default: bytes.swapAt(at, Int.random(in: 0..<bytes.count, using: &dice))
                }
            }
            try compareWithFoundation(bytes)
        }
    }

    @Test("random trees come back, in canonical form, equal to Foundation's reading")
    func trees() throws {
        var dice = Dice(state: 2)
        for _ in 0..<1_000 {
            let value = tree(depth: 4, &dice)
            let canonical = value.canonical()
            let json = try JSON(parsing: canonical)
            #expect(JSONValue(json) == value)
            #expect(try json.canonical() == canonical)
            let spaced = try JSON(parsing: scattered(value, &dice))
            #expect(try spaced.canonical() == canonical)
            try compareWithFoundation(canonical)
        }
    }

    /// Foundation takes more than the RFC allows in a few places, so that only what we take is compared.
    private func compareWithFoundation(_ bytes: [UInt8]) throws {
        guard let json = try? JSON(parsing: bytes) else { return }  // Refused: nothing to compare.
        guard !exceedsDouble(json) else { return }  // Foundation takes no number beyond a double.
        let other = try JSONSerialization.jsonObject(with: Data(bytes), options: .fragmentsAllowed)
        #expect(same(json, other), "\(String(decoding: bytes, as: UTF8.self))")
        guard let canonical = try? json.canonical() else { return }  // It has numbers that canonical JSON has not.
        let again = try JSON(parsing: canonical)
        #expect(try again.canonical() == canonical)
        #expect(same(again, other))
    }

    private func exceedsDouble(_ json: JSON) -> Bool {
        json.kind == .number && json.double == nil || json.elements.contains(where: exceedsDouble)
            || json.members.contains { exceedsDouble($0.value) }
    }

    private func same(_ json: JSON, _ other: Any) -> Bool {
        switch json.kind {
        case .null: return other is NSNull
        case .bool: return (other as? NSNumber)?.boolValue == json.bool
        case .number: return (other as? NSNumber)?.doubleValue == json.double
        case .string: return (other as? String).map { Array($0.utf8) } == json.string.map { Array($0.utf8) }
        case .array:
            guard let elements = other as? [Any], elements.count == json.count else { return false }
            return zip(json.elements, elements).allSatisfy { same($0, $1) }
        case .object:
            guard let members = other as? [String: Any], members.count == json.count else { return false }
            return json.members.allSatisfy { key, value in members[key].map { same(value, $0) } ?? false }
        }
    }

    private func tree(depth: Int, _ dice: inout Dice) -> JSONValue {
        switch Int.random(in: 0..<(depth > 0 ? 8 : 5), using: &dice) {
        case 0: return .null
        case 1: return .bool(.random(using: &dice))
        case 2: return .int(.random(in: -9_007_199_254_740_991...9_007_199_254_740_991, using: &dice))
        case 3: return .int(.random(in: -9...99, using: &dice))
        case 4: return .string(text(&dice))
        case 5: return .array((0..<Int.random(in: 0...5, using: &dice)).map { _ in tree(depth: depth - 1, &dice) })
        default:
            var members: [String: JSONValue] = [:]
            for _ in 0..<Int.random(in: 0...30, using: &dice) { members[text(&dice)] = tree(depth: depth - 2, &dice) }
            return .object(members)
        }
    }

    private func text(_ dice: inout Dice) -> String {
        let letters: [Unicode.Scalar] = [
            "a", "b", "z", "A", "\"", "\\", "/", "\n", "\u{0}", "\u{1f}", "\u{7f}", "ß", "日", "\u{ff61}", "😀", "\u{10ffff}",
        ]
        var text = String.UnicodeScalarView()
        for _ in 0..<Int.random(in: 0...20, using: &dice) { text.append(letters.randomElement(using: &dice) ?? "x") }
        return String(text)
    }

    /// The value with members in any order, needless escapes and space.
    private func scattered(_ value: JSONValue, _ dice: inout Dice) -> [UInt8] {
        switch value {
        case .array(let elements):
            return Array("[ ".utf8) + elements.map { scattered($0, &dice) }.joined(separator: Array(" ,\n".utf8))
                + Array("]".utf8)
        case .object(let members):
            let written = members.shuffled(using: &dice).map { key, value in
                escaped(key, &dice) + Array("\t: ".utf8) + scattered(value, &dice)
            }
            return Array("{\r".utf8) + written.joined(separator: Array(" , ".utf8)) + Array(" }".utf8)
        case .string(let text): return escaped(text, &dice)
        default: return value.canonical()
        }
    }

    private func escaped(_ text: String, _ dice: inout Dice) -> [UInt8] {
        var result = Array("\"".utf8)
        for scalar in text.unicodeScalars {
            if Bool.random(using: &dice) {
                for unit in String(scalar).utf16 {
                    let digits = String(unit, radix: 16, uppercase: .random(using: &dice))
                    result += Array("\\u\(String(repeating: "0", count: 4 - digits.count))\(digits)".utf8)
                }
            } else {
                result += JSONValue.string(String(scalar)).canonical().dropFirst().dropLast()
            }
        }
        return result + Array("\"".utf8)
    }
}
