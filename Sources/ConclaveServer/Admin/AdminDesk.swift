import Access
import Audit
import Foundation
import Identity
import Keys
import Matrix
import Rooms
import Search
import Storage

/// Does what commands ask. The running server has one behind its socket; a command without a server opens the data itself.
package struct AdminDesk: Sendable {
    private let foundations: Foundations
    private let rooms: RoomActions?
    private let certificateEnds: @Sendable () -> Int64?

    /// A desk over open data.
    /// - Parameter rooms: the rooms of the running server, whose people are woken; nil where none runs.
    package init(
        _ foundations: Foundations, rooms: RoomActions? = nil, certificateEnds: @escaping @Sendable () -> Int64? = { nil }
    ) {
        self.foundations = foundations
        self.rooms = rooms
        self.certificateEnds = certificateEnds
    }

    /// Does it. Refusals are answers, too.
    package func answer(_ request: AdminRequest) async -> AdminAnswer {
        do {
            return try await perform(request)
        } catch {
            return Self.refusal(error)
        }
    }

    /// An error as an answer.
    package static func refusal(_ error: any Error) -> AdminAnswer {
        let failure = Failure(error)
        return .refused(sentence: failure.sentence, exitCode: failure.exitCode)
    }

    private func perform(_ request: AdminRequest) async throws -> AdminAnswer {
        let accounts = foundations.accounts
        switch request {
        case .createUser(let name, let password, let admin, let session):
            let user = try await accounts.create(
                name, password: password.map { Secret($0) }, role: admin ? .admin : .member, by: Self.onMachine)
            var made = try await shown(user)
            if session {
                let signedIn = try await accounts.startSession(
                    of: user, device: try DeviceChoice(displayName: "command line"), by: Self.onMachine)
                made.accessToken = signedIn.tokens.access
                made.deviceID = signedIn.device
            }
            return .user(made)
        case .listUsers:
            var all: [AdminUser] = []
            var last: Int64 = 0
            while true {
                let page = try await accounts.accounts(after: last)
                all += page.map(Self.shown)
                guard let next = page.last?.number else { return .users(all) }
                last = next
            }
        case .resetPassword(let name, let password):
            let user = try userID(name)
            try await accounts.resetPassword(of: user, to: Secret(password), by: Self.onMachine)
            return .user(try await shown(user))
        case .createToken(let token, let uses, let lifetime):
            let made = try await accounts.makeRegistrationToken(
                token, usesAllowed: uses, lifetime: lifetime.map { $0 * 1000 }, by: Self.onMachine)
            return .token(AdminToken(token: made.token, usesAllowed: made.usesAllowed, expiresAt: made.expiresAt))
        case .keysStatus: return .keys(try await foundations.keysReport())
        case .rotateKeys: return .keys(try await foundations.rotateKeys())
        case .verifyAudit: return .audit(try await foundations.auditReport())
        case .listRooms, .purgeRoom, .holdRoom, .releaseRoom, .sendNotice, .listReports:
            return try await performOnRooms(request)
        case .searchStatus: return .search(AdminSearch(try await IndexCare(store: foundations.store).status()))
        case .rebuildSearch:
            let care = IndexCare(store: foundations.store)
            try await care.rebuild(by: Self.onMachine, at: Serving.systemTime())
            return .search(AdminSearch(try await care.status()))
        case .status:
            return .status(
                AdminStatus(
                    version: ConclaveVersion.current, serverName: foundations.serverName.rawValue, process: getpid(),
                    residentBytes: ProcessMetrics.residentBytes() ?? 0, certificateEnds: certificateEnds()))
        }
    }

    /// The rooms: of the running server, or opened for this one command.
    func openRooms() async throws -> RoomActions {
        if let rooms { return rooms }
        return try await foundations.rooms(now: Serving.systemTime())
    }

    /// All accounts of which a command speaks: one, or everybody who can read.
    func people(_ name: String?) async throws -> [UserID] {
        if let name {
            let user = try userID(name)
            guard let account = try await foundations.accounts.account(of: user), account.standing != .deactivated else {
                throw MatrixError.notFound("there is no account \(user.rawValue)")
            }
            return [user]
        }
        var all: [UserID] = []
        var last: Int64 = 0
        while true {
            let page = try await foundations.accounts.accounts(after: last)
            all += page.filter { $0.standing != .deactivated }.map(\.user)
            guard let next = page.last?.number else { return all }
            last = next
        }
    }

    /// Whoever may read the data directory.
    static let onMachine = AuditEntry.Actor.origin(Origin(address: "", agent: "conclave command", requestID: "command"))

    private func userID(_ name: String) throws -> UserID {
        name.hasPrefix("@")
            ? try UserID(parsing: name) : try UserID(localpart: name, serverName: foundations.serverName)
    }

    private func shown(_ user: UserID) async throws -> AdminUser {
        guard let account = try await foundations.accounts.account(of: user) else {
            throw MatrixError.notFound("there is no account \(user.rawValue)")
        }
        return Self.shown(account)
    }

    private static func shown(_ account: Account) -> AdminUser {
        AdminUser(
            userID: account.user.rawValue, role: account.role.rawValue, standing: account.standing.rawValue,
            createdAt: account.createdAt)
    }
}
