import Addresses
import Crypto
import HTTPSurface
import Keys
import Media

private let key = SymmetricKey(data: [UInt8](repeating: 7, count: 32))

/// Nothing that was not sealed opens, and what was sealed opens wherever it is cut into pieces.
func fuzzChunked(_ bytes: [UInt8]) {
    let header = Array(bytes.prefix(ChunkedEncryption.headerLength))
    promise((try? ChunkedOpener(key: key, context: [], header: header, sealedLength: Int64(bytes.count))) == nil, "noise has no header")
    guard let first = bytes.first else { return }
    promise(try reopened(bytes, pieces: Int(first) + 1) == bytes, "what was sealed opens")
    // Lengths are told apart from each other, all of them.
    let length = bytes.prefix(5).reduce(Int64(0)) { $0 << 8 | Int64($1) }
    let sealed = ChunkedEncryption.sealedLength(of: length)
    promise(ChunkedEncryption.length(ofSealed: sealed) == length, "a length comes back")
}

private func reopened(_ bytes: [UInt8], pieces: Int) throws -> [UInt8] {
    // Long enough for several chunks.
    let repeats = 1 + bytes.count % 40
    let message = Array(repeatElement(bytes, count: repeats).joined())
    var sealer = try ChunkedSealer(key: key, context: [1])
    var sealed = sealer.header
    for start in stride(from: 0, to: message.count, by: pieces * 97) {
        try sealer.seal(message[start..<min(start + pieces * 97, message.count)], into: &sealed)
    }
    try sealer.finish(into: &sealed)
    let opener = try ChunkedOpener(
        key: key, context: [1], header: Array(sealed.prefix(ChunkedEncryption.headerLength)), sealedLength: Int64(sealed.count))
    var opened: [UInt8] = []
    for number in 0...opener.lastChunk {
        let place = opener.place(of: number)
        opened += try opener.open(sealed[Int(place.offset)..<Int(place.offset) + place.length], chunk: number)
    }
    return Array(opened.prefix(bytes.count)) == bytes && opened == message ? bytes : []
}

/// Whatever a page holds, what is told of it is bounded and has no control characters.
func fuzzPage(_ bytes: [UInt8]) {
    let properties = OpenGraph(page: bytes).properties
    promise(properties.count <= 12, "a page has few properties")
    for value in properties.values {
        promise(!value.isEmpty && value.unicodeScalars.count <= 1001, "a value is bounded")
        promise(!value.unicodeScalars.contains { $0.value < 0x20 || $0.value == 0x7F }, "a value has no control characters")
    }
}

/// A location has one spelling, which is read as the same again, and holds nothing that could end a line.
func fuzzLocation(_ bytes: [UInt8]) {
    let text = String(decoding: bytes, as: UTF8.self)
    if let location = WebLocation(text) { check(location) }
    if let base = WebLocation("https://example.org/a/b?c"), let next = base.following(text) { check(next) }
    _ = AllowedAddresses(text)
    if let address = NetworkAddress(text) { promise(NetworkAddress(address.text) == address, "an address has one spelling") }
}

private func check(_ location: WebLocation) {
    promise(location.text.utf8.allSatisfy { (0x21...0x7E).contains($0) }, "a location is printable ASCII")
    promise((1...65_535).contains(location.port) && location.path.hasPrefix("/") && !location.host.isEmpty, "a location is whole")
    if location.text.utf8.count <= 2048 { promise(WebLocation(location.text) == location, "a location is read as it is written") }
}

/// Nothing that a client says breaks out of its header field, and no range leaves its body.
func fuzzMediaHeaders(_ bytes: [UInt8]) {
    let text = String(decoding: bytes, as: UTF8.self)
    let type = MediaType(text)
    promise(type.rawValue.utf8.allSatisfy { (0x20...0x7E).contains($0) || $0 == 0x09 }, "a type is printable")
    promise(MediaType(type.rawValue) == type, "a type is read as it is written")
    for name in [text, ContentDisposition.cleaned(text)] {
        let header = ContentDisposition(isInline: type.isInline, fileName: name).header
        promise(header.utf8.allSatisfy { (0x20...0x7E).contains($0) }, "a disposition is printable")
    }
    if let cleaned = ContentDisposition.cleaned(text) {
        promise(cleaned.utf8.count <= ContentDisposition.maximumNameLength, "a name is bounded")
        promise(ContentDisposition.cleaned(cleaned) == cleaned, "a clean name stays")
    }
    let length = Int64(bytes.count)
    if case .part(let range) = ByteRange(header: text, of: length) {
        promise(!range.isEmpty && range.lowerBound >= 0 && range.upperBound <= length, "a range lies within the body")
    }
    if let id = MediaID(text) { promise(!id.rawValue.contains("/") && !id.rawValue.contains("."), "an address leads nowhere") }
}
