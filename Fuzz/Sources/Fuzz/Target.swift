import Foundation

/// A parser and the promises that are held against it. A new one is a line here, a file, and a directory in `Corpus`.
struct Target: Sendable {
    let name: String
    let check: @Sendable ([UInt8]) -> Void

    static let all = [
        Target(name: "json", check: fuzzJSON),
        Target(name: "identifiers", check: fuzzIdentifiers),
        Target(name: "pdu", check: fuzzPDU),
        Target(name: "filter", check: fuzzFilter),
        Target(name: "tokens", check: fuzzTokens),
        Target(name: "chunked", check: fuzzChunked),
        Target(name: "page", check: fuzzPage),
        Target(name: "location", check: fuzzLocation),
        Target(name: "mediaheaders", check: fuzzMediaHeaders),
        Target(name: "sliding", check: fuzzSliding),
        Target(name: "push", check: fuzzPush),
        Target(name: "relation", check: fuzzRelation),
        Target(name: "keys", check: fuzzKeys),
        Target(name: "search", check: fuzzSearch),
        Target(name: "query", check: fuzzQuery),
    ]

    /// The one that `FUZZ_TARGET` names.
    static let chosen: Target = {
        let name = ProcessInfo.processInfo.environment["FUZZ_TARGET"] ?? ""
        guard let target = all.first(where: { $0.name == name }) else {
            fatalError("FUZZ_TARGET must be one of \(all.map(\.name).joined(separator: ", "))")
        }
        return target
    }()
}

/// Stops at a broken promise; libFuzzer then keeps the input.
func promise(_ holds: @autoclosure () throws -> Bool, _ sentence: String) {
    do {
        guard try holds() else { fatalError("broken promise: \(sentence)") }
    } catch {
        fatalError("broken promise: \(sentence) (threw \(error))")
    }
}
