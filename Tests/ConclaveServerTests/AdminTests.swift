import ConclaveServer
import Foundation
import NIOCore
import NIOPosix
import Storage
import Testing

@Suite("Commands")
struct AdminTests {
    let place = Workplace()

    func direct(_ request: AdminRequest) async throws -> AdminAnswer {
        let foundations = try await Foundations.open(
            try place.settings(), environment: place.environment, now: Serving.systemTime)
        let answer = await AdminDesk(foundations).answer(request)
        await foundations.store.close()
        return answer
    }

    @Test("an account is made without a server, and with one over its socket")
    func createUser() async throws {
        guard
            case .user(let alice) = try await direct(
                .createUser(name: "alice", password: "quiet lantern 7", admin: false, session: true))
        else { throw Unexpected() }
        #expect(alice.userID == "@alice:localhost")
        #expect(alice.accessToken != nil)

        try await RunningServer.running(try place.settings(), in: place) { [place] server in
            let request = AdminRequest.createUser(name: "bob", password: "quiet lantern 8", admin: true, session: true)
            guard case .user(let bob)? = try await Blocking.ask(request, directory: place.data) else { throw Unexpected() }
            #expect(bob.role == "admin")
            guard case .users(let users)? = try await Blocking.ask(.listUsers, directory: place.data) else { throw Unexpected() }
            #expect(users.map(\.userID).sorted() == ["@alice:localhost", "@bob:localhost"])
            guard case .status(let status)? = try await Blocking.ask(.status, directory: place.data) else { throw Unexpected() }
            #expect(status.process == getpid())
            #expect(place.mode(place.data + "/conclave.sock") == 0o600)
        }
        #expect(try await Blocking.ask(.status, directory: place.data) == nil)
    }

    @Test("an answer longer than a socket holds arrives whole")
    func longAnswer() async throws {
        let count = 4_000
        let foundations = try await Foundations.open(
            try place.settings(), environment: place.environment, now: Serving.systemTime)
        let desk = AdminDesk(foundations)
        try await withThrowingTaskGroup { group in
            for number in 0..<count {
                group.addTask {
                    let request = AdminRequest.createUser(name: "user\(number)", password: nil, admin: false, session: false)
                    guard case .user = await desk.answer(request) else { throw Unexpected() }
                }
            }
            try await group.waitForAll()
        }
        await foundations.store.close()
        try await RunningServer.running(try place.settings(), in: place) { [place] server in
            guard case .users(let users) = try await slowly(.listUsers, place.data) else { throw Unexpected() }
            #expect(users.count == count)
        }
    }

    @Test("what is refused is a sentence and an exit code")
    func refusals() async throws {
        _ = try await direct(.createUser(name: "alice", password: "quiet lantern 7", admin: false, session: false))
        for request in [
            AdminRequest.createUser(name: "alice", password: "quiet lantern 7", admin: false, session: false),
            .createUser(name: "Not A Name", password: "quiet lantern 7", admin: false, session: false),
            .createUser(name: "bob", password: "short", admin: false, session: false),
            .resetPassword(name: "nobody", password: "quiet lantern 7"),
            .resetPassword(name: "@alice:elsewhere", password: "quiet lantern 7"),
        ] {
            guard case .refused(let sentence, let code) = try await direct(request) else {
                Issue.record("taken: \(request)")
                continue
            }
            #expect(!sentence.isEmpty && code != 0)
        }
    }

    @Test("the master key is rotated, the data opens with the new one and not with the old")
    func rotation() async throws {
        _ = try await direct(.createUser(name: "alice", password: "quiet lantern 7", admin: false, session: false))
        guard case .keys(let before) = try await direct(.keysStatus) else { throw Unexpected() }
        guard case .keys(let after) = try await direct(.rotateKeys) else { throw Unexpected() }
        #expect(after.masterKey != before.masterKey)
        #expect(after.generation == before.generation + 1)
        #expect(after.waiting == 0)
        guard case .users(let users) = try await direct(.listUsers) else { throw Unexpected() }
        #expect(users.count == 1)
    }

    @Test("the audit log of what was done is intact")
    func audit() async throws {
        _ = try await direct(.createUser(name: "alice", password: "quiet lantern 7", admin: false, session: true))
        guard case .audit(let audit) = try await direct(.verifyAudit) else { throw Unexpected() }
        #expect(audit.isIntact)
        #expect(audit.entries > 0)
        #expect(audit.exitCode == 0)
    }

    @Test("a directory name longer than a socket's name may be is no obstacle")
    func deepDirectory() async throws {
        let deep = place.home + "/" + String(repeating: "a-rather-long-name/", count: 10) + "data"
        let settings = try Settings.read(
            flags: ["--data-dir", deep, "--port", "0", "--metrics-port", "none"], environment: place.environment)
        try await RunningServer.running(settings, in: place) { _ in
            guard case .status? = try await Blocking.ask(.status, directory: deep) else { throw Unexpected() }
        }
    }

    /// Asks as a command does that is slow to read.
    private func slowly(_ request: AdminRequest, _ directory: String) async throws -> AdminAnswer {
        let channel = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .channelOption(.recvAllocator, value: FixedSizeRecvByteBufferAllocator(capacity: 64))
            .channelOption(.maxMessagesPerRead, value: 1)
            .connect(unixDomainSocketPath: directory + "/conclave.sock") { channel in
                channel.eventLoop.makeCompletedFuture {
                    try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
                }
            }
        return try await channel.executeThenClose { inbound, outbound in
            try await outbound.write(ByteBuffer(bytes: try JSONEncoder().encode(request) + [UInt8(ascii: "\n")]))
            var answer = Data()
            for try await part in inbound { answer += part.readableBytesView }
            return try JSONDecoder().decode(AdminAnswer.self, from: answer)
        }
    }

    struct Unexpected: Error {}
}
