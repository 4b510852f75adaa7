import Addresses
import AsyncHTTPClient
import Foundation
import Matrix
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL

/// Why a gateway was not told. Says nothing of the message.
enum GatewayError: Error, Sendable, Equatable {
    /// The answer's status is not one of success.
    case status(UInt)
    /// The name leads nowhere, or only to addresses that the server must not connect to.
    case address
    /// No connection, no answer in time, or an answer that is none.
    case unreachable
}

/// Tells push gateways, over connections that go only to addresses which the operator allows.
///
/// A name is resolved here, its addresses are checked, and the connection goes to the address that was checked: what the name
/// leads to a moment later makes no difference.
actor GatewayClient {
    private struct Target: Hashable {
        let host: String
        let address: NetworkAddress
    }

    private let rules: AddressRules
    private let tls: TLSConfiguration
    private var clients: [Target: HTTPClient] = [:]
    private var isClosed = false

    private static let mostClients = 64
    private static let longestAnswer = 65_536
    private static let timeout = TimeAmount.seconds(20)

    /// - Parameter authorities: certificates of authorities to trust besides the system's.
    init(rules: AddressRules, authorities: [NIOSSLCertificate]) {
        self.rules = rules
        var tls = TLSConfiguration.makeClientConfiguration()
        tls.minimumTLSVersion = .tlsv12
        if !authorities.isEmpty { tls.additionalTrustRoots = [.certificates(authorities)] }
        self.tls = tls
    }

    /// Sends a notification.
    /// - Returns: the push keys that the gateway rejects.
    /// - Throws: ``GatewayError``, `CancellationError`.
    func post(_ body: [UInt8], to url: GatewayURL) async throws -> Set<String> {
        // A name may lead to several addresses of which not all can be reached from here.
        for address in try await addresses(of: url) {
            do { return try await post(body, to: url, at: address) } catch GatewayError.unreachable { continue }
        }
        throw GatewayError.unreachable
    }

    private func post(_ body: [UInt8], to url: GatewayURL, at address: NetworkAddress) async throws -> Set<String> {
        let client = try await client(Target(host: url.host, address: address))
        var request = HTTPClientRequest(url: url.text)
        request.method = .POST
        request.headers.add(name: "Content-Type", value: "application/json")
        request.headers.add(name: "User-Agent", value: "Conclave")
        request.body = .bytes(ByteBuffer(bytes: body))
        do {
            let response = try await client.execute(request, timeout: Self.timeout)
            guard (200..<300).contains(response.status.code) else { throw GatewayError.status(response.status.code) }
            let answer = try await response.body.collect(upTo: Self.longestAnswer)
            let json = try JSON(parsing: Array(answer.readableBytesView), limits: .event)
            return Set(json["rejected"]?.elements.compactMap(\.string) ?? [])
        } catch let error as GatewayError { throw error } catch {
            try Task.checkCancellation()
            throw GatewayError.unreachable
        }
    }

    /// Closes all connections.
    func close() async {
        isClosed = true
        let open = clients.values
        clients = [:]
        // What fails to close is closed by the end of the process, which is near.
        for client in open { try? await client.shutdown() }
    }

    private func client(_ target: Target) async throws -> HTTPClient {
        guard !isClosed else { throw CancellationError() }
        if let client = clients[target] { return client }
        if clients.count >= Self.mostClients, let (other, client) = clients.first {
            clients[other] = nil
            // Requests under way on it fail and are made again.
            try? await client.shutdown()
        }
        // While this waited, another call may have made one.
        if let client = clients[target] { return client }
        var configuration = HTTPClient.Configuration(
            tlsConfiguration: tls, redirectConfiguration: .disallow,
            timeout: .init(connect: .seconds(10), read: Self.timeout), decompression: .disabled)
        configuration.dnsOverride = [target.host: target.address.text]
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 16
        let client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
        clients[target] = client
        return client
    }

    /// The addresses of a gateway that the server may connect to, at most four.
    private func addresses(of url: GatewayURL) async throws -> [NetworkAddress] {
        let found: [NetworkAddress]
        if let address = NetworkAddress(url.host) {
            found = [address]
        } else {
            let host = url.host
            found = try await NIOThreadPool.singleton.runIfActive { NetworkAddress.lookUp(host) }
        }
        let permitted = found.filter(rules.permit)
        guard !permitted.isEmpty else { throw GatewayError.address }
        return Array(permitted.prefix(4))
    }
}

/// Lets only so many pass at once.
actor Turnstile {
    private var free: Int
    private var waiting: [CheckedContinuation<Void, Never>] = []

    init(_ count: Int) { free = count }

    /// Runs a body when there is room for it.
    func pass<Value: Sendable>(_ body: @Sendable () async throws -> Value) async throws -> Value {
        if free > 0 { free -= 1 } else { await withCheckedContinuation { waiting.append($0) } }
        defer { if waiting.isEmpty { free += 1 } else { waiting.removeFirst().resume() } }
        return try await body()
    }
}
