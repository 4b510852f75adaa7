import HTTPSurface

/// Queries of requests: what a client encodes comes back as it was, whatever stands around it.
func fuzzQuery(_ bytes: [UInt8]) {
    let text = String(decoding: bytes, as: UTF8.self)
    let found = QueryForm(text).values(of: "a")
    promise(found.count <= text.utf8.count { $0 == UInt8(ascii: "&") } + 1, "no more values than pairs")
    promise(QueryForm(text + "&a=1").values(of: "a") == found + ["1"], "a pair that is added is found last")

    let encoded = bytes.map { "%" + ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    let whole = String(validating: bytes, as: UTF8.self)
    promise(QueryForm("b=2&a=" + encoded).values(of: "a") == (whole.map { [$0] } ?? []), "what was encoded comes back, unless it is no text")
    if let whole, !whole.isEmpty {
        promise(QueryForm(encoded + "=3").values(of: whole) == ["3"], "a name may be encoded as well")
    }
}
