import Keys
import Matrix
import Storage

/// SQL over cross-signing keys and signatures. Keys are known by the tags of their names: device IDs and public keys.
enum CrossSigningQueries {
    /// A signature that was added to somebody's key.
    struct Signature {
        /// The tag of the key that is signed.
        let target: [UInt8]
        /// The name of the key it was made with, as in `ed25519:DEVICE`.
        let keyID: String
        let signature: String
    }

    /// A cross-signing key as uploaded.
    static func key(_ usage: CrossSigningUsage, of person: Int64, _ tx: Transaction) throws -> JSON? {
        try tx.first(
            "SELECT sealed FROM cross_signing_keys WHERE person = ? AND usage = ?", .int(person), .text(usage.rawValue)
        ).map { try JSON(parsing: tx.open($0.blob(0), .person(person), place: place(person, usage))) }
    }

    static func set(
        _ object: JSON, named name: String, as usage: CrossSigningUsage, of person: Int64, _ tx: Transaction
    ) throws {
        try tx.run(
            """
            INSERT INTO cross_signing_keys(person, usage, tag, sealed) VALUES (?, ?, ?, ?)
            ON CONFLICT (person, usage) DO UPDATE SET tag = excluded.tag, sealed = excluded.sealed
            """, .int(person), .text(usage.rawValue), .blob(tag(name, of: person, tx)),
            .blob(try tx.seal(object.raw, .person(person), place: place(person, usage))))
    }

    /// Removes a cross-signing key and every signature by it and about it.
    static func remove(_ usage: CrossSigningUsage, of person: Int64, _ tx: Transaction) throws {
        let row = try tx.first(
            "SELECT tag FROM cross_signing_keys WHERE person = ? AND usage = ?", .int(person), .text(usage.rawValue))
        guard let row else { return }
        try forgetKey(tag: row.blob(0), of: person, tx)
        try tx.run("DELETE FROM cross_signing_keys WHERE person = ? AND usage = ?", .int(person), .text(usage.rawValue))
    }

    /// Whether a name is that of a cross-signing key of the person.
    static func isKey(_ name: String, of person: Int64, _ tx: Transaction) throws -> Bool {
        let tag = tag(name, of: person, tx)
        return try tx.rows("SELECT tag FROM cross_signing_keys WHERE person = ?", .int(person)).contains { try $0.blob(0) == tag }
    }

    /// Removes the signatures by a key and about it.
    static func forgetKey(_ name: String, of person: Int64, _ tx: Transaction) throws {
        try forgetKey(tag: tag(name, of: person, tx), of: person, tx)
    }

    /// Removes everything of a person: the keys, the signatures by them and about them.
    static func removeAll(of person: Int64, _ tx: Transaction) throws {
        try tx.run("DELETE FROM cross_signing_keys WHERE person = ?", .int(person))
        try tx.run("DELETE FROM key_signatures WHERE person = ?", .int(person))
        try tx.run("DELETE FROM key_signatures WHERE signer = ?", .int(person))
        try tx.run("DELETE FROM signature_changes WHERE reader = ?", .int(person))
    }

    /// The signatures that `signer` has added to the keys of `person`.
    static func signatures(of person: Int64, by signer: Int64, _ tx: Transaction) throws -> [Signature] {
        try tx.rows(
            "SELECT target, signing, sealed FROM key_signatures WHERE person = ? AND signer = ?", .int(person), .int(signer)
        ).map { row in
            let (target, signing) = (try row.blob(0), try row.blob(1))
            let place = place(person, signer, target, signing)
            let sealed = try JSON(parsing: tx.open(row.blob(2), .person(signer), place: place))
            return Signature(target: target, keyID: try sealed.text("key"), signature: try sealed.text("signature"))
        }
    }

    /// Adds a signature; whether it is new.
    static func add(
        _ signature: String, with keyID: String, on name: String, of person: Int64, by signer: Int64, _ tx: Transaction
    ) throws -> Bool {
        let target = tag(name, of: person, tx)
        let signing = tag(String(keyID.drop { $0 != ":" }.dropFirst()), of: signer, tx)
        if try signatures(of: person, by: signer, tx).contains(where: {
            $0.target == target && $0.keyID == keyID && $0.signature == signature
        }) {
            return false
        }
        var writer = JSONWriter()
        writer.object { writer in
            writer.member("key", keyID)
            writer.member("signature", signature)
        }
        let sealed = try tx.seal(writer.bytes, .person(signer), place: place(person, signer, target, signing))
        try tx.run(
            """
            INSERT INTO key_signatures(person, target, signer, signing, sealed) VALUES (?, ?, ?, ?, ?)
            ON CONFLICT (person, signer, target, signing) DO UPDATE SET sealed = excluded.sealed
            """, .int(person), .blob(target), .int(signer), .blob(signing), .blob(sealed))
        return true
    }

    /// The tag of a key's name, the device ID or the public key.
    static func tag(_ name: String, of person: Int64, _ tx: Transaction) -> [UInt8] { tx.tag("key/\(person)/\(name)", .other) }

    private static func forgetKey(tag: [UInt8], of person: Int64, _ tx: Transaction) throws {
        try tx.run("DELETE FROM key_signatures WHERE person = ? AND target = ?", .int(person), .blob(tag))
        try tx.run("DELETE FROM key_signatures WHERE signer = ? AND signing = ?", .int(person), .blob(tag))
    }

    private static func place(_ person: Int64, _ usage: CrossSigningUsage) -> String {
        "cross_signing_keys/\(person)/\(usage.rawValue)"
    }

    private static func place(_ person: Int64, _ signer: Int64, _ target: [UInt8], _ signing: [UInt8]) -> String {
        "key_signatures/\(person)/\(signer)/\(Hex.encode(target))/\(Hex.encode(signing))"
    }
}
