import Crypto
import Foundation
import Keys
import SwiftASN1
import X509

/// The local authority and the server certificate it vouches for, as files. Certificates lie open, keys are sealed.
struct LocalCertificates: Sendable {
    /// The directory of the files.
    let directory: String
    /// What the certificate must be for.
    let names: CertificateNames
    /// Seals the private keys.
    let sealingKey: SymmetricKey

    /// The certificate that people import to trust the server.
    var authorityPath: String { directory + "/ca.pem" }
    /// The certificate of the server.
    var certificatePath: String { directory + "/server.pem" }
    /// Its key, sealed.
    var keyPath: String { directory + "/server.key" }
    private var authorityKeyPath: String { directory + "/ca.key" }

    /// The certificate, made anew where it is absent, ends soon or is for other names.
    func material(now: Date) throws -> TLSMaterial {
        try DurableFile.makeDirectory(directory)
        let authority = try authority(now: now)
        if let (certificate, key) = try read(certificatePath, keyPath), isFit(certificate, under: authority, now: now) {
            return try material(certificate, key, authority)
        }
        let key = P256.Signing.PrivateKey()
        let certificate = try authority.certificate(for: key.publicKey, names: names, now: now)
        try write(certificate, key, certificatePath, keyPath)
        return try material(certificate, key, authority)
    }

    private func authority(now: Date) throws -> LocalAuthority {
        if let (certificate, key) = try read(authorityPath, authorityKeyPath),
            certificate.notValidAfter > now + LocalAuthority.certificateLifetime,
            try certificate.extensions.nameConstraints?.permittedSubtrees == names.permitted
        {
            return LocalAuthority(certificate: certificate, key: key)
        }
        let authority = try LocalAuthority.make(for: names, now: now)
        try write(authority.certificate, authority.key, authorityPath, authorityKeyPath)
        return authority
    }

    /// Renewed when a third of its life is left.
    private func isFit(_ certificate: Certificate, under authority: LocalAuthority, now: Date) -> Bool {
        certificate.notValidAfter > now + LocalAuthority.certificateLifetime / 3
            && certificate.notValidBefore <= now
            && authority.certificate.publicKey.isValidSignature(certificate.signature, for: certificate)
            && Array(certificate.alternativeNames) == names.alternativeNames
    }

    private func read(_ path: String, _ keyPath: String) throws -> (Certificate, P256.Signing.PrivateKey)? {
        guard DurableFile.exists(path), DurableFile.exists(keyPath) else { return nil }
        let certificate = try DurableFile.read(path).bytes
        let sealed = try DurableFile.read(keyPath).bytes
        do {
            let key = try Seal.open(sealed, key: sealingKey, place: place(keyPath))
            return (
                try Certificate(pemEncoded: String(decoding: certificate, as: UTF8.self)),
                try P256.Signing.PrivateKey(derRepresentation: Data(key))
            )
        } catch {
            throw LocalCertificateError(directory: directory, path: keyPath)
        }
    }

    private func write(
        _ certificate: Certificate, _ key: P256.Signing.PrivateKey, _ path: String, _ keyPath: String
    ) throws {
        // Key first: a certificate without its key would look finished.
        let sealed = try Seal.seal([UInt8](key.derRepresentation), key: sealingKey, place: place(keyPath))
        try DurableFile.write(sealed, to: keyPath, replacing: true)
        try DurableFile.write([UInt8](try certificate.serializeAsPEM().pemString.utf8), to: path, replacing: true)
    }

    private func place(_ path: String) -> String { "tls/" + (path as NSString).lastPathComponent }

    private func material(
        _ certificate: Certificate, _ key: P256.Signing.PrivateKey, _ authority: LocalAuthority
    ) throws -> TLSMaterial {
        let chain = try [certificate, authority.certificate].map { try $0.serializeAsPEM().pemString }.joined(separator: "\n")
        return try TLSMaterial(chainPEM: [UInt8](chain.utf8), keyPEM: [UInt8](key.pemRepresentation.utf8))
    }
}

/// A certificate or key file that is damaged, or sealed with another master key.
struct LocalCertificateError: Error, CustomStringConvertible {
    /// Where the files lie.
    let directory: String
    /// Which one.
    let path: String
    var description: String {
        "\(path) is damaged or belongs to another master key. Take \(directory) away and start again to get a new authority."
    }
}

extension Certificate {
    /// The names the certificate is for, none when it lists none that can be read.
    fileprivate var alternativeNames: [GeneralName] {
        (try? extensions.subjectAlternativeNames).flatMap { $0.map(Array.init) } ?? []
    }
}
