import NIOSSL

/// A certificate chain and the key that belongs to it, ready for handshakes.
struct TLSMaterial: Sendable {
    /// The chain, the server's certificate first.
    let chain: [NIOSSLCertificateSource]
    /// The key.
    let key: NIOSSLPrivateKeySource
    /// When the first certificate ends, in seconds since 1970.
    let notAfter: Int64

    /// Material of PEM texts.
    /// - Throws: when a text is not what it should be, or the key is not the certificate's.
    init(chainPEM: [UInt8], keyPEM: [UInt8]) throws {
        let certificates = try NIOSSLCertificate.fromPEMBytes(chainPEM)
        let privateKey = try NIOSSLPrivateKey(bytes: keyPEM, format: .pem)
        guard let first = certificates.first else { throw TLSMaterialError.noCertificate }
        notAfter = Int64(first.notValidAfter)
        chain = certificates.map { .certificate($0) }
        key = .privateKey(privateKey)
        // A context refuses a key that is not the certificate's; better here than in every handshake.
        _ = try NIOSSLContext(configuration: .makeServerConfiguration(certificateChain: chain, privateKey: key))
    }
}

/// What is wrong with certificate files.
enum TLSMaterialError: Error, CustomStringConvertible {
    /// The file holds no certificate.
    case noCertificate
    /// The file cannot be read.
    case unreadable(String)

    var description: String {
        switch self {
        case .noCertificate: "there is no certificate in the file"
        case .unreadable(let path): "\(path) cannot be read"
        }
    }
}
