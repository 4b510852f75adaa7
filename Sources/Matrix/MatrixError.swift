/// What a client is told when a request fails:
/// the [standard error response](https://spec.matrix.org/v1.19/client-server-api/#standard-error-response).
package struct MatrixError: Error, Hashable, Sendable {
    /// The machine's name for the error.
    package let code: Code
    /// A sentence for people. It never says whether a user exists, and never quotes content or tokens.
    package let message: String
    /// The HTTP status.
    package let status: Int
    /// Further members that the errcode defines.
    package let extra: [String: JSONValue]

    /// An error of that code; the factories know the status that belongs to each.
    package init(_ code: Code, _ message: String, status: Int, extra: [String: JSONValue] = [:]) {
        self.code = code
        self.message = message
        self.status = status
        self.extra = extra
    }

    /// The body of the response, canonical JSON.
    package func body() -> [UInt8] {
        var members = extra
        members["errcode"] = .string(code.rawValue)
        members["error"] = .string(message)
        return JSONValue.object(members).canonical()
    }
}

/// An error of our own that knows what the client is told.
package protocol MatrixErrorConvertible: Error {
    /// What the client is told.
    var matrixError: MatrixError { get }
}

extension MatrixError: MatrixErrorConvertible {
    /// Itself.
    package var matrixError: MatrixError { self }
}
