import Access
import Audit
import HTTPSurface
import HTTPTypes
import Hummingbird
import Identity
import Matrix

extension ClientRoutes {
    /// Runs an operation that needs authentication; what is missing becomes the answer with status 401.
    static func challenging(_ operation: () async throws -> Reply) async throws -> Reply {
        do { return try await operation() } catch let challenge as InteractiveChallenge {
            return .json(challenge.body, status: .unauthorized)
        }
    }

    /// The pages on which a stage can be passed in a browser.
    ///
    /// [Fallback](https://spec.matrix.org/v1.19/client-server-api/#fallback)
    static func interactive(_ services: ClientServices) -> [Route] {
        let path = "/_matrix/client/v3/auth/{stage}/fallback/web"
        return [
            .open(.get, path, permission: .sessionCreate, audit: .reads) { exchange in
                let (stage, session) = try asked(exchange, services)
                return AuthenticationPage(stage, session, exchange.request.headers[.acceptLanguage]).reply
            },
            .open(
                .post, path, permission: .sessionCreate,
                audit: .unrecorded(because: "a stage opens nothing by itself; the operation it was passed for is recorded"),
                rate: .credential
            ) { exchange in
                let (stage, session) = try asked(exchange, services)
                let form = FormFields(try await exchange.bytes())
                var page = AuthenticationPage(stage, session, exchange.request.headers[.acceptLanguage])
                do {
                    try await services.accounts.passOnPage(
                        stage, in: session, user: form["user"].flatMap { $0.isEmpty ? nil : $0 },
                        secret: form["secret"] ?? "", from: exchange.origin)
                    page.state = .done
                } catch let error as any MatrixErrorConvertible where error.matrixError.status < 500 {
                    page.state = .failed(error.matrixError.code == .limitExceeded ? .later : .wrong)
                }
                return page.reply
            },
        ]
    }

    private static func asked(
        _ exchange: Exchange, _ services: ClientServices
    ) throws -> (AuthenticationStage, session: String) {
        guard let session = exchange.query("session") else { throw MatrixError.missingParam("session is missing") }
        guard let stage = AuthenticationStage(rawValue: try exchange.path("stage")),
            services.accounts.isAsked(stage, in: session)
        else { throw MatrixError.notFound("there is no such authentication, or it has run out") }
        return (stage, session)
    }
}

/// The fields of a form in `application/x-www-form-urlencoded`.
struct FormFields {
    private var values: [String: String] = [:]

    /// Reads a body; what is not well-formed is left out.
    init(_ body: [UInt8]) {
        for pair in body.split(separator: UInt8(ascii: "&")).prefix(16) {
            let parts = pair.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2, let key = Self.decoded(parts[0]), let value = Self.decoded(parts[1]) else { continue }
            values[key] = value
        }
    }

    subscript(_ key: String) -> String? { values[key] }

    private static func decoded(_ text: ArraySlice<UInt8>) -> String? {
        var bytes: [UInt8] = []
        var rest = text
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "+"): bytes.append(UInt8(ascii: " "))
            case UInt8(ascii: "%"):
                guard rest.count >= 2, let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16) else {
                    return nil
                }
                bytes.append(value)
                rest = rest.dropFirst(2)
            default: bytes.append(byte)
            }
        }
        return String(validating: bytes, as: UTF8.self)
    }
}
