import Matrix

/// Who asks for something, and from where: the person, the person's number, the device, the connection.
package struct Requester: Sendable, Hashable {
    /// The person.
    package let user: UserID
    /// The person's number in the store.
    package let number: Int64
    /// The device of the session, nil for acts without one.
    package let device: String?
    /// The connection.
    package let origin: Origin

    /// A requester as the session or the sign-in has established it.
    package init(user: UserID, number: Int64, device: String?, origin: Origin) {
        self.user = user
        self.number = number
        self.device = device
        self.origin = origin
    }
}

/// Where a request came from, also for acts that have no session yet.
package struct Origin: Sendable, Hashable {
    /// The network address of the client.
    package let address: String
    /// What the client says that it is.
    package let agent: String
    /// The identifier of the request, the same as in logs and answers.
    package let requestID: String

    /// An origin as the HTTP surface found it.
    package init(address: String, agent: String, requestID: String) {
        self.address = address
        self.agent = agent
        self.requestID = requestID
    }

    /// The server itself, for what no request has caused.
    package static let server = Origin(address: "", agent: "conclave", requestID: "")
}
