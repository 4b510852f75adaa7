import Media
import Testing

@Suite("Names and types in header fields")
struct HeaderTests {
    @Test(
        "content types are kept as they came; what is none becomes unknown",
        arguments: [
            ("image/png", "image/png"), ("text/plain; charset=utf-8", "text/plain; charset=utf-8"),
            ("Text/HTML;charset=\"utf-8\"", "Text/HTML;charset=\"utf-8\""), ("application/x-foo+bar", "application/x-foo+bar"),
            ("", nil), ("image", nil), ("image/", nil), ("/png", nil), ("image/png\r\nX-Evil: 1", nil), ("image/p ng", nil),
            ("image/png; a", nil), ("image/png; a=\"b", nil), ("image/png; a=\"b\n\"", nil), ("bild/grün", nil),
            ("image/png,text/html", nil), ("image/png; a=b;", "image/png; a=b;"),
            ("a/" + String(repeating: "b", count: 300), nil),
        ])
    func types(given: String, expected: String?) {
        #expect(MediaType(given).rawValue == expected ?? "application/octet-stream")
    }

    @Test("what browsers would run is offered as an attachment")
    func dispositions() {
        for type in ["image/png", "IMAGE/PNG", "text/plain; charset=utf-8", "application/json", "audio/ogg ; codecs=opus"] {
            #expect(MediaType(type).isInline)
        }
        for type in ["text/html", "image/svg+xml", "application/pdf", "application/xhtml+xml", "text/xml", "text/javascript"] {
            #expect(!MediaType(type).isInline)
        }
        #expect(!MediaType(nil).isInline)
    }

    @Test(
        "file names become header fields that no name can break",
        arguments: [
            ("photo.jpg", #"inline; filename="photo.jpg""#),
            ("two words;and more.txt", #"inline; filename="two words;and more.txt""#),
            (#"a"b\c"#, #"inline; filename="a\"b\\c""#),
            ("Blüte.jpg", #"inline; filename="Bl_te.jpg"; filename*=UTF-8''Bl%C3%BCte.jpg"#),
            ("☕ 咖啡.png", #"inline; filename="_ __.png"; filename*=UTF-8''%E2%98%95%20%E5%92%96%E5%95%A1.png"#),
            ("a\r\nX-Evil: 1", #"inline; filename="a__X-Evil: 1"; filename*=UTF-8''a%0D%0AX-Evil%3A%201"#),
        ])
    func names(name: String, expected: String) {
        let header = ContentDisposition(isInline: true, fileName: name).header
        #expect(header == expected)
        #expect(header.utf8.allSatisfy { (0x20...0x7E).contains($0) })
    }

    @Test("names are kept without control characters and not without end")
    func cleaning() {
        #expect(ContentDisposition.cleaned("a\r\nb\u{0}c\u{2028}d") == "abcd")
        #expect(ContentDisposition.cleaned("\n\t") == nil)
        #expect(ContentDisposition.cleaned(nil) == nil)
        #expect(ContentDisposition.cleaned(String(repeating: "é", count: 4000))?.utf8.count == 1024)
        #expect(ContentDisposition(isInline: false, fileName: nil).header == "attachment")
    }

    @Test("addresses are letters, digits, _ and -")
    func addresses() {
        for good in ["a", "AQwafuaFswefuhsfAFAgsw", "a-b_c", String(repeating: "x", count: 255)] { #expect(MediaID(good) != nil) }
        for bad in ["", "..", "a/b", "a.b", "a%2f", "é", "a b", "a\u{0}", String(repeating: "x", count: 256)] {
            #expect(MediaID(bad) == nil)
        }
        #expect(MediaID.random() != MediaID.random())
        #expect(MediaID.random().rawValue.count == 24)
    }
}
