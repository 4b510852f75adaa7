import Crypto
import Foundation
import SwiftASN1
import X509

/// A self-signed certificate and its key as files.
enum TestCertificate {
    static func write(in place: Workplace, name: String = "own") throws -> (chain: String, key: String) {
        let key = P256.Signing.PrivateKey()
        let subject = try DistinguishedName { CommonName("localhost") }
        let certificate = try Certificate(
            version: .v3, serialNumber: Certificate.SerialNumber(), publicKey: .init(key.publicKey),
            notValidBefore: Date() - 60, notValidAfter: Date() + 3600, issuer: subject, subject: subject,
            signatureAlgorithm: .ecdsaWithSHA256,
            extensions: try Certificate.Extensions { SubjectAlternativeNames([.dnsName("localhost")]) },
            issuerPrivateKey: .init(key))
        return (
            try place.write(try certificate.serializeAsPEM().pemString, to: name + ".pem"),
            try place.write(key.pemRepresentation, to: name + ".key")
        )
    }
}
