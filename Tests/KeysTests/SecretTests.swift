import Crypto
import Keys
import Testing

@Suite("Secrets")
struct SecretTests {
    @Test("a secret prints as redacted, in every way to print")
    func redacted() {
        let secret = Secret("correct horse battery staple")
        var dumped = ""
        dump(secret, to: &dumped)
        for text in ["\(secret)", String(describing: secret), String(reflecting: secret), dumped, "\([secret])"] {
            #expect(text.contains("redacted"))
            #expect(!text.contains("horse"))
        }
        struct Holder { let password: Secret }
        #expect(!"\(Holder(password: secret))".contains("horse"))
    }

    @Test("secrets are equal when their bytes are, and lend them")
    func bytes() {
        #expect(Secret("alice") == Secret(bytes: Array("alice".utf8)))
        #expect(Secret("alice") != Secret("mallory"))
        #expect(Secret("alice").count == 5)
        #expect(Secret("").isEmpty)
        #expect(Secret("alice").withBytes { Array($0) } == Array("alice".utf8))
    }
}
