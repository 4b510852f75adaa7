import Access
import HTTPSurface
import HTTPTypes
import Matrix

/// Where people find help with a server, as it is published.
package struct SupportContacts: Sendable, Equatable {
    /// Where an administrator is reached in Matrix.
    package var matrixID: UserID?
    /// Where an administrator is reached by e-mail.
    package var email: String?
    /// Where reports about security go.
    package var securityEmail: String?
    /// A page that helps.
    package var page: String?

    /// Contacts of their parts; without any there is no document.
    package init(matrixID: UserID? = nil, email: String? = nil, securityEmail: String? = nil, page: String? = nil) {
        self.matrixID = matrixID
        self.email = email
        self.securityEmail = securityEmail
        self.page = page
    }

    fileprivate var hasContacts: Bool { matrixID != nil || email != nil || securityEmail != nil }
}

extension ClientRoutes {
    /// The documents that lead from a server name to the server and to its people.
    /// - Parameters:
    ///   - publicURL: the base URL that clients are to use.
    ///   - encrypts: whether clients should encrypt new private rooms, as Element asks.
    ///   - support: what `/.well-known/matrix/support` says; without anything there is no such document.
    package static func wellKnown(
        publicURL: @escaping @Sendable () -> String, encrypts: Bool = false, support: SupportContacts = SupportContacts()
    ) -> [Route] {
        [
            .open(.get, "/.well-known/matrix/client", permission: .serverInfoRead, audit: .reads) { _ in
                .object { answer in
                    answer.memberObject("m.homeserver") { $0.member("base_url", publicURL()) }
                    answer.memberObject("io.element.e2ee") { $0.member("default", encrypts) }
                }
            },
            .open(.get, "/.well-known/matrix/support", permission: .serverInfoRead, audit: .reads) { _ in
                guard support.hasContacts || support.page != nil else { throw MatrixError.notFound("no contact is published") }
                return .object { $0.append(support) }
            },
            .open(.get, "/.well-known/matrix/policy_server", permission: .serverInfoRead, audit: .reads) { _ in
                throw MatrixError.notFound("this is no policy server")
            },
        ]
    }
}

extension JSONWriter {
    fileprivate mutating func append(_ support: SupportContacts) {
        if support.hasContacts {
            memberArray("contacts") { list in
                if support.matrixID != nil || support.email != nil {
                    list.object { contact in
                        if let user = support.matrixID { contact.member("matrix_id", user.rawValue) }
                        if let email = support.email { contact.member("email_address", email) }
                        contact.member("role", "m.role.admin")
                    }
                }
                if let email = support.securityEmail {
                    list.object { contact in
                        contact.member("email_address", email)
                        contact.member("role", "m.role.security")
                    }
                }
            }
        }
        if let page = support.page { member("support_page", page) }
    }
}
