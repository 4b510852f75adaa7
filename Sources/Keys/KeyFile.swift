import Glibc

/// The default source: a file of mode 0600 outside of the data directory.
///
/// Content: `conclave-master-key 1 <64 hexadecimal digits> <8 digits of their SHA-256>` and a newline; the check digits tell a
/// damaged file from a wrong key. A rotation prepares `<path>.next` and renames it over the file when it is complete.
package struct KeyFile: MasterKeySource {
    private let path: String
    private let dataDirectory: String

    /// A key file for the data of `dataDirectory`. Nothing is touched before `load` or `create`.
    package init(path: String, dataDirectory: String) {
        self.path = path
        self.dataDirectory = dataDirectory
    }

    /// The path.
    package var place: String { path }

    /// The key of the file, after its place, mode and owner were checked.
    package func load() throws(KeyError) -> MasterKey {
        try checkPlace()
        guard let key = try read(path) else { throw .missing(place: path) }
        return key
    }

    /// Makes the file, and its directory with mode 0700.
    package func create() throws(KeyError) -> MasterKey {
        try checkPlace()
        return try write(MasterKey.random(), to: path)
    }

    /// The key of `<path>.next`, if there is one.
    package func loadReplacement() throws(KeyError) -> MasterKey? {
        try checkPlace()
        return try read(replacementPath)
    }

    /// Makes `<path>.next` unless it is there.
    package func makeReplacement() throws(KeyError) -> MasterKey {
        if let prepared = try loadReplacement() { return prepared }
        return try write(MasterKey.random(), to: replacementPath)
    }

    /// Renames `<path>.next` over the file.
    package func promoteReplacement() throws(KeyError) {
        guard try loadReplacement() != nil else { return }
        do { try DurableFile.move(replacementPath, to: path) } catch { throw .file(error) }
    }

    private var replacementPath: String { path + ".next" }

    // A link to the file is followed first: what counts is where the bytes lie.
    private func checkPlace() throws(KeyError) {
        guard let data = DurableFile.resolved(dataDirectory) else { return }
        let directory = DurableFile.parent(of: DurableFile.resolved(path) ?? path) ?? "/"
        guard let resolved = DurableFile.resolved(directory) else { return }
        if resolved == data || resolved.hasPrefix(data == "/" ? data : data + "/") { throw .insideDataDirectory(path: path) }
    }

    private func read(_ path: String) throws(KeyError) -> MasterKey? {
        let file: (bytes: [UInt8], mode: mode_t, owner: uid_t)
        do { file = try DurableFile.read(path, limit: 4096) } catch {
            if error.isMissing { return nil }
            throw .file(error)
        }
        guard file.mode & 0o077 == 0 else { throw .tooOpen(path: path, mode: String(file.mode, radix: 8)) }
        guard file.owner == geteuid() || file.owner == 0 else { throw .foreignOwner(path: path) }
        return try KeyText.parse(file.bytes, place: path)
    }

    private func write(_ key: MasterKey, to path: String) throws(KeyError) -> MasterKey {
        do {
            if let directory = DurableFile.parent(of: path) { try DurableFile.makeDirectory(directory) }
            try DurableFile.write(KeyText.format(key), to: path, replacing: false)
        } catch {
            throw error.number == EEXIST ? .alreadyThere(place: path) : .file(error)
        }
        return key
    }
}
