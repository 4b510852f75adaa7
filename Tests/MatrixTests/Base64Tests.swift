import Matrix
import Testing

@Suite("Unpadded base64")
struct Base64Tests {
    @Test(
        "the examples of the specification, there and back",
        arguments: [
            ("", ""), ("f", "Zg"), ("fo", "Zm8"), ("foo", "Zm9v"), ("foob", "Zm9vYg"), ("fooba", "Zm9vYmE"),
            ("foobar", "Zm9vYmFy"),
        ])
    func examples(plain: String, encoded: String) {
        #expect(Base64.encode(plain.utf8) == encoded)
        #expect(Base64.decode(encoded) == Array(plain.utf8))
    }

    @Test("padding is taken where it belongs", arguments: ["Zg==", "Zm8=", "Zm9v"])
    func padding(_ text: String) {
        #expect(Base64.decode(text) != nil)
    }

    @Test(
        "what is not base64 is refused",
        arguments: ["Z", "Zg=", "Zg===", "=", "====", "Zm9v=", "Zm9v====", "Zm9vZ", "Z g", "Zm9vYg=a", "-_", "é", "Zg\n"])
    func refused(_ text: String) {
        #expect(Base64.decode(text) == nil)
    }

    @Test("the signing key of the specification's vectors is read, though its last bits are not zero")
    func looseBits() {
        #expect(Base64.decode("YJDBA9Xnr2sVqXD9Vj7XVUnmFZcZrlw8Md7kMW+3XA1")?.count == 32)
        #expect(Base64.decode("Zh") == Base64.decode("Zg"))
    }

    @Test("the alphabets differ in their last two characters only")
    func alphabets() {
        let bytes: [UInt8] = [0xfb, 0xff, 0xbf]
        #expect(Base64.encode(bytes) == "+/+/")
        #expect(Base64.encode(bytes, urlSafe: true) == "-_-_")
        #expect(Base64.decode("-_-_", urlSafe: true) == bytes)
        #expect(Base64.decode("-_-_") == nil)
        #expect(Base64.decode("+/+/", urlSafe: true) == nil)
    }

    @Test("every length and byte comes back")
    func roundTrip() {
        for length in 0...70 {
            let bytes = (0..<length).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ length) }
            for urlSafe in [false, true] {
                #expect(Base64.decode(Base64.encode(bytes, urlSafe: urlSafe), urlSafe: urlSafe) == bytes)
            }
        }
    }
}
