import Foundation
import NIOCore
import NIOSSL
import Synchronization

/// The certificate that handshakes use now. Exchanging it touches no open connection.
final class ServerCertificate: Sendable {
    private let source: CertificateSource
    private let gate = Mutex(())
    private let state: Mutex<(material: TLSMaterial, stamp: [FileStamp])>

    /// Takes the certificate of a source.
    init(_ source: CertificateSource, now: Date) throws {
        self.source = source
        // The stamp is taken after the first read, because that may have written the files.
        let material = try source.material(now: now)
        state = Mutex((material, source.stamp))
    }

    /// What handshakes use now.
    var material: TLSMaterial { state.withLock { $0.material } }

    /// Reads the source again.
    /// - Throws: when it is not usable; the certificate in use stays.
    func reload(now: Date) throws {
        // One at a time, because local certificates may be written here.
        try gate.withLock { _ in
            let stamp = source.stamp
            state.withLock { $0.stamp = stamp }
            let material = try source.material(now: now)
            let settled = source.stamp
            state.withLock { $0 = (material, settled) }
        }
    }

    /// Whether the files changed since they were read last.
    var isStale: Bool { source.stamp != state.withLock { $0.stamp } }

    /// The settings of a TLS listener that asks here at every handshake.
    func tlsConfiguration(allowsTLS12: Bool) -> TLSConfiguration {
        let current = material
        var tls = TLSConfiguration.makeServerConfiguration(certificateChain: current.chain, privateKey: current.key)
        tls.minimumTLSVersion = allowsTLS12 ? .tlsv12 : .tlsv13
        // How long a closing connection waits for the client's goodbye, which idle clients do not send.
        tls.shutdownTimeout = .milliseconds(500)
        tls.curves = [.x25519_MLKEM768, .x25519, .secp256r1]
        // TLS 1.3's suites are fixed; of 1.2 only those with forward secrecy and authenticated encryption.
        tls.cipherSuiteValues = [
            .TLS_AES_256_GCM_SHA384, .TLS_CHACHA20_POLY1305_SHA256, .TLS_AES_128_GCM_SHA256,
            .TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, .TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
            .TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256, .TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
            .TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, .TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
        ]
        tls.sslContextCallback = { [self] _, promise in
            let current = material
            var override = NIOSSLContextConfigurationOverride()
            override.certificateChain = current.chain
            override.privateKey = current.key
            promise.succeed(override)
        }
        return tls
    }
}
