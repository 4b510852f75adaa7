import Crypto
import Foundation
import X509

/// The server's own certificate authority. Of names it can vouch for this server's and those below it only, so importing it
/// into a browser gives nobody power over other sites; addresses are not confined (see ``CertificateNames/permitted``).
struct LocalAuthority {
    /// Its certificate.
    let certificate: Certificate
    /// Its key.
    let key: P256.Signing.PrivateKey

    /// How long authorities are valid: ten years.
    static let lifetime: TimeInterval = 3650 * 86_400
    /// How long server certificates are valid: 90 days.
    static let certificateLifetime: TimeInterval = 90 * 86_400

    /// Makes a new authority.
    static func make(for names: CertificateNames, now: Date) throws -> LocalAuthority {
        let key = P256.Signing.PrivateKey()
        let name = try DistinguishedName {
            OrganizationName("Conclave")
            CommonName("Conclave local authority")
        }
        let certificate = try Certificate(
            version: .v3, serialNumber: Certificate.SerialNumber(),
            publicKey: Certificate.PublicKey(key.publicKey),
            notValidBefore: now - 3600, notValidAfter: now + lifetime, issuer: name, subject: name,
            signatureAlgorithm: .ecdsaWithSHA256,
            extensions: try Certificate.Extensions {
                Critical(BasicConstraints.isCertificateAuthority(maxPathLength: 0))
                Critical(KeyUsage(keyCertSign: true, cRLSign: true))
                Critical(NameConstraints(permittedSubtrees: names.permitted))
                SubjectKeyIdentifier(hash: Certificate.PublicKey(key.publicKey))
            },
            issuerPrivateKey: Certificate.PrivateKey(key))
        return LocalAuthority(certificate: certificate, key: key)
    }

    /// Makes a server certificate for a key.
    func certificate(for publicKey: P256.Signing.PublicKey, names: CertificateNames, now: Date) throws -> Certificate {
        try Certificate(
            version: .v3, serialNumber: Certificate.SerialNumber(), publicKey: Certificate.PublicKey(publicKey),
            notValidBefore: now - 3600, notValidAfter: now + Self.certificateLifetime,
            issuer: certificate.subject,
            subject: try DistinguishedName {
                OrganizationName("Conclave")
                CommonName(names.domains[0])
            },
            signatureAlgorithm: .ecdsaWithSHA256,
            extensions: try Certificate.Extensions {
                Critical(BasicConstraints.notCertificateAuthority)
                Critical(KeyUsage(digitalSignature: true))
                try ExtendedKeyUsage([.serverAuth])
                SubjectAlternativeNames(names.alternativeNames)
                SubjectKeyIdentifier(hash: Certificate.PublicKey(publicKey))
                AuthorityKeyIdentifier(
                    keyIdentifier: try certificate.extensions.subjectKeyIdentifier?.keyIdentifier)
            },
            issuerPrivateKey: Certificate.PrivateKey(key))
    }
}
