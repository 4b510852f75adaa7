import Glibc

/// A master key from a passphrase: Argon2id over a salt that lies in the configuration directory.
///
/// The salt file reads `conclave-passphrase 1 <passes> <memory in bytes> <salt in hexadecimal>`; it is not secret, but without it
/// the passphrase alone gives no key, so it belongs into the backups of the configuration.
package struct Passphrase: MasterKeySource {
    /// The least number of characters.
    package static let minimumLength = 12

    private let passphrase: Secret
    private let replacement: Secret?
    private let saltPath: String
    private let cost: Cost

    /// What one derivation costs.
    package struct Cost: Sendable, Equatable {
        /// Passes over the memory.
        package let passes: UInt64
        /// Memory in bytes.
        package let memory: Int

        /// Chosen costs; they are written into the salt file.
        package init(passes: UInt64, memory: Int) {
            self.passes = passes
            self.memory = memory
        }

        /// 256 MiB and three passes: about half a second, once at every start.
        package static let standard = Cost(passes: 3, memory: 256 * 1024 * 1024)
    }

    /// A passphrase whose salt lies at `saltPath`. `replacement` is the new passphrase while a rotation is wanted.
    package init(_ passphrase: Secret, saltPath: String, replacement: Secret? = nil, cost: Cost = .standard) {
        self.passphrase = passphrase
        self.saltPath = saltPath
        self.replacement = replacement
        self.cost = cost
    }

    /// The salt file, in words.
    package var place: String { "a passphrase with the salt \(saltPath)" }

    /// The key of the passphrase; takes about half a second with the standard cost.
    package func load() throws(KeyError) -> MasterKey {
        guard let salt = try read(saltPath) else { throw .missing(place: place) }
        return try derive(passphrase, salt)
    }

    /// Makes the salt file.
    package func create() throws(KeyError) -> MasterKey {
        try make(passphrase, at: saltPath)
    }

    /// The key of the new passphrase under the salt `<path>.next`, if there is one.
    package func loadReplacement() throws(KeyError) -> MasterKey? {
        guard let salt = try read(replacementPath) else { return nil }
        return try derive(replacement ?? passphrase, salt)
    }

    /// Makes the salt `<path>.next` unless it is there.
    package func makeReplacement() throws(KeyError) -> MasterKey {
        if let prepared = try loadReplacement() { return prepared }
        return try make(replacement ?? passphrase, at: replacementPath)
    }

    /// Renames the new salt over the old one.
    package func promoteReplacement() throws(KeyError) {
        guard DurableFile.exists(replacementPath) else { return }
        do { try DurableFile.move(replacementPath, to: saltPath) } catch { throw .file(error) }
    }

    private struct Salt {
        let bytes: [UInt8]
        let cost: Cost
    }

    private static let mark = "conclave-passphrase 1"
    private var replacementPath: String { saltPath + ".next" }

    private func derive(_ passphrase: Secret, _ salt: Salt) throws(KeyError) -> MasterKey {
        guard passphrase.count >= Self.minimumLength else { throw .weakPassphrase(minimum: Self.minimumLength) }
        return try MasterKey(
            Argon2id.deriveKey(from: passphrase, salt: salt.bytes, passes: salt.cost.passes, memory: salt.cost.memory))
    }

    private func make(_ passphrase: Secret, at path: String) throws(KeyError) -> MasterKey {
        var generator = SystemRandomNumberGenerator()
        let salt = Salt(bytes: (0..<16).map { _ in UInt8.random(in: 0...255, using: &generator) }, cost: cost)
        let key = try derive(passphrase, salt)
        let text = "\(Self.mark) \(cost.passes) \(cost.memory) \(Hex.encode(salt.bytes))\n"
        do {
            if let directory = DurableFile.parent(of: path) { try DurableFile.makeDirectory(directory) }
            try DurableFile.write(Array(text.utf8), to: path, replacing: false)
        } catch {
            throw error.number == EEXIST ? .alreadyThere(place: path) : .file(error)
        }
        return key
    }

    private func read(_ path: String) throws(KeyError) -> Salt? {
        let bytes: [UInt8]
        do { bytes = try DurableFile.read(path, limit: 4096).bytes } catch {
            if error.isMissing { return nil }
            throw .file(error)
        }
        let words = String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isWhitespace)
        guard words.count == 5, words[0] + " " + words[1] == Self.mark, let passes = UInt64(words[2]), (1...64).contains(passes),
            let memory = Int(words[3]), (8192...(4 << 30)).contains(memory), let salt = Hex.decode(words[4]), salt.count == 16
        else { throw .malformed(place: path) }
        return Salt(bytes: salt, cost: Cost(passes: passes, memory: memory))
    }
}
