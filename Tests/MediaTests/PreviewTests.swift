import Addresses
import Media
import Testing

@Suite("Where previews may go")
struct PreviewAddressTests {
    @Test(
        "addresses that are not public are refused, in every disguise",
        arguments: [
            "127.0.0.1", "127.255.255.254", "0.0.0.0", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1", "100.127.255.255", "192.0.0.1", "192.0.2.1", "198.18.0.1", "198.19.255.255", "198.51.100.7",
            "203.0.113.9",
            "192.88.99.1", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255", "::", "::1", "::ffff:127.0.0.1",
            "::ffff:8.8.8.8", "::127.0.0.1", "64:ff9b::7f00:1", "64:ff9b:1::1", "100::1", "fe80::1", "febf::1", "fec0::1",
            "fc00::1",
            "fdff::1", "ff02::1", "2001::1", "2001:0:7f00:1::", "2001:10::1", "2001:20::1", "2001:db8::1", "2002:7f00:1::1",
            "2002:a00:1::", "3fff::1", "5f00::1", "4000::1",
        ])
    func refused(text: String) throws {
        let address = try #require(NetworkAddress(text))
        #expect(!address.isPublic)
        #expect(!AllowedAddresses.none.admit(address, port: 80))
    }

    @Test(
        "public addresses are not",
        arguments: [
            "8.8.8.8", "1.1.1.1", "172.15.255.255", "172.32.0.1", "100.63.255.255", "100.128.0.1", "192.167.1.1",
            "223.255.255.255", "2606:4700::1111", "2a00:1450::1",
        ])
    func admitted(text: String) throws {
        let address = try #require(NetworkAddress(text))
        #expect(address.isPublic)
        #expect(AllowedAddresses.none.admit(address, port: 80) && AllowedAddresses.none.admit(address, port: 443))
        for port in [22, 25, 6379, 8080, 8448] { #expect(!AllowedAddresses.none.admit(address, port: port)) }
        #expect(NetworkAddress(address.text) == address)
    }

    @Test("an operator allows addresses, networks and ports, and no others")
    func allowed() throws {
        let allowed = try #require(AllowedAddresses("127.0.0.1:8000, 10.1.0.0/16,[::1]:9000"))
        func admits(_ text: String, _ port: Int) throws -> Bool { allowed.admit(try #require(NetworkAddress(text)), port: port) }
        #expect(try admits("127.0.0.1", 8000) && admits("10.1.2.3", 80) && admits("10.1.2.3", 443) && admits("::1", 9000))
        #expect(
            try !admits("127.0.0.1", 80) && !admits("127.0.0.1", 8001) && !admits("127.0.0.2", 8000) && !admits("10.1.2.3", 8000))
        #expect(try !admits("10.2.0.1", 80) && !admits("::1", 80) && !admits("::ffff:127.0.0.1", 8000))
        for wrong in ["localhost", "127.0.0.1:x", "10.0.0.0/33", "1.2.3", "127.0.0.1:70000", "a/8"] {
            #expect(AllowedAddresses(wrong) == nil)
        }
        #expect(AllowedAddresses("") != nil)
    }

    @Test(
        "notations that only old libraries understand are no addresses",
        arguments: ["127.1", "2130706433", "0x7f.0.0.1", "0177.0.0.1", "127.0.0.1.", "1.2.3.4.5", ""])
    func oddNotations(text: String) {
        #expect(NetworkAddress(text) == nil)
        #expect(WebLocation("http://\(text)/") == nil || WebLocation("http://\(text)/")?.host == "127.0.0.1")
    }
}

@Suite("Locations of pages")
struct WebLocationTests {
    @Test(
        "have one spelling",
        arguments: [
            ("http://example.org", "http://example.org/"), ("HTTPS://Example.ORG:443/a?b#c", "https://example.org/a?b"),
            ("http://example.org:8080?q", "http://example.org:8080/?q"), ("http://example.org./", "http://example.org/"),
            ("http://[2001:DB8::1]/x", "http://[2001:db8::1]/x"), ("http://a.b/ü\"<>", "http://a.b/%C3%BC%22%3C%3E"),
            ("http://example.org:/", "http://example.org/"), ("http://8.8.8.8/", "http://8.8.8.8/"),
        ])
    func spelling(given: String, expected: String) { #expect(WebLocation(given)?.text == expected) }

    @Test(
        "are refused when two readers could disagree",
        arguments: [
            "", "example.org", "//example.org", "ftp://example.org/", "file:///etc/passwd", "javascript:alert(1)",
            "http:/example.org",
            "http://", "http:///x", "http://user@example.org/", "http://user:pw@127.0.0.1/", "http://example.org\\@127.0.0.1/",
            "http://exa mple.org/", "http://example.org/\r\nHost: evil", "http://example.org\t/", "http://bücher.example/",
            "http://example.org:0/", "http://example.org:99999/", "http://example.org:80x/", "http://[::1/", "http://[::1]x/",
            "http://[fe80::1%eth0]/", "http://2130706433/", "http://0x7f000001/", "http://127.1/", "http://a..b/", "http://-/%",
            "http://" + String(repeating: "a", count: 64) + ".org/", "http://example.org/" + String(repeating: "a", count: 3000),
        ])
    func refused(text: String) {
        if let location = WebLocation(text) { #expect(text == "http://-/%" && location.host == "-") }
    }

    @Test(
        "are followed as RFC 3986 has it",
        arguments: [
            ("/x", "https://a.b/x"), ("x", "https://a.b/c/x"), ("?y", "https://a.b/c/d?y"), ("//e.f/g", "https://e.f/g"),
            ("http://h/", "http://h/"), ("#z", "https://a.b/c/d?q"), ("", "https://a.b/c/d?q"),
        ])
    func following(reference: String, expected: String) {
        #expect(WebLocation("https://a.b/c/d?q")?.following(reference)?.text == expected)
    }

    @Test("do not lead to other schemes", arguments: ["file:///etc/passwd", "gopher://x/", "data:text/html,x", "javascript:1"])
    func otherSchemes(reference: String) { #expect(WebLocation("https://a.b/")?.following(reference) == nil) }
}

@Suite("What pages say of themselves")
struct OpenGraphTests {
    private func read(_ page: String) -> [String: String] { OpenGraph(page: Array(page.utf8)).properties }

    @Test("Open Graph properties, however they are written")
    func properties() {
        let page = """
            <!doctype html><html><head><!-- <meta property="og:title" content="no"> -->
            <script>var x = '<meta property="og:title" content="no">'</script>
            <META PROPERTY='og:title' CONTENT='Tom &amp; Jerry&#39;s &#x263a;'>
            <meta content=unquoted property=og:site_name />
            <meta property="og:title" content="second"><meta property="og:image" content="/a.png">
            <meta property="og:evil" content="x"><meta name="description" content="plain"></head>
            """
        #expect(
            read(page) == [
                "og:title": "Tom & Jerry's ☺", "og:site_name": "unquoted", "og:image": "/a.png", "og:description": "plain",
            ])
    }

    @Test("title and description where there is nothing better")
    func fallbacks() {
        #expect(
            read("<title>\n A  page\t</title><meta name=twitter:description content=t>") == [
                "og:title": "A page", "og:description": "t",
            ])
        #expect(read("<title>unfinished") == ["og:title": "unfinished"])
        #expect(read("<title></title>") == [:])
    }

    @Test(
        "any bytes are understood as something",
        arguments: [
            "", "<", "<m", "<meta", "<meta ", "<meta property", "<meta property=", "<meta property=\"", "<!--", "</", "<a/b=c",
            "<title",
            "&#xFFFFFFFF;", "<meta property=og:title content=\"&#99999999999;&\">", "<meta <meta <meta>", "<script><script>",
            "\u{0}<\u{0}>",
        ])
    func oddities(page: String) { _ = read(page) }

    @Test("nothing is without end")
    func bounds() {
        let title = String(repeating: "x", count: 100_000)
        #expect(read("<meta property=og:title content=\(title)>")["og:title"]?.count == 1000)
        let attributes = (0..<10_000).map { "a\($0)=b" }.joined(separator: " ")
        #expect(read("<meta \(attributes) property=og:title content=x>")["og:title"] == nil)
        _ = read(String(repeating: "<", count: 200_000))
        _ = read(String(repeating: "<title>", count: 20_000))
    }
}

@Suite("Names that change their address")
struct RebindingTests {
    @Test("the address that was checked is the one that is used, and it is asked for once")
    func asksOnce() async throws {
        let asked = Counter()
        let resolver = Resolver { _ in
            // A name server of mallory's: public for whoever checks, private for whoever connects.
            asked.next() == 0 ? [NetworkAddress("8.8.8.8")].compactMap { $0 } : [NetworkAddress("127.0.0.1")].compactMap { $0 }
        }
        let location = try #require(WebLocation("http://rebind.example/"))
        #expect(try await resolver.address(of: location, allowed: .none).text == "8.8.8.8")
        await #expect(throws: PreviewError.refused) { try await resolver.address(of: location, allowed: .none) }
        #expect(asked.count == 2)
    }

    @Test("one bad address among good ones is enough to refuse, and so is none")
    func mixed() async throws {
        let location = try #require(WebLocation("http://mixed.example/"))
        for answer in [["8.8.8.8", "10.0.0.1"], ["::1", "8.8.8.8"], []] {
            let resolver = Resolver { _ in answer.compactMap { NetworkAddress($0) } }
            await #expect(throws: PreviewError.refused) { try await resolver.address(of: location, allowed: .none) }
        }
    }

    @Test("addresses are not asked for at all")
    func literals() async throws {
        let resolver = Resolver { _ in throw PreviewError.failed }
        let good = try #require(WebLocation("http://[2606:4700::1111]/"))
        #expect(try await resolver.address(of: good, allowed: .none).text == "2606:4700::1111")
        let bad = try #require(WebLocation("http://169.254.169.254/latest/meta-data/"))
        await #expect(throws: PreviewError.refused) { try await resolver.address(of: bad, allowed: .none) }
    }
}
