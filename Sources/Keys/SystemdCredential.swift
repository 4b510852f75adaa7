/// A master key that the service manager hands over: `LoadCredentialEncrypted=conclave-master-key:…` in the unit.
///
/// While a rotation is wanted the next key comes as `conclave-master-key-next`.
/// See [systemd credentials](https://systemd.io/CREDENTIALS/).
package struct SystemdCredential: MasterKeySource {
    private let directory: String?

    /// The credential of a directory, as the environment variable `CREDENTIALS_DIRECTORY` names it.
    package init(directory: String?) {
        self.directory = directory
    }

    /// The credential, in words.
    package var place: String { "the systemd credential conclave-master-key" }

    /// The credential of the unit.
    package func load() throws(KeyError) -> MasterKey {
        guard let key = try read("conclave-master-key") else { throw .missing(place: place) }
        return key
    }

    /// Not possible: the service manager owns credentials. The error says how to make one.
    package func create() throws(KeyError) -> MasterKey {
        throw .notSupported(
            place: place, hint: "Make one with: head -c 32 /dev/urandom | systemd-creds encrypt --name=conclave-master-key - FILE"
        )
    }

    /// The second credential, if the unit has one.
    package func loadReplacement() throws(KeyError) -> MasterKey? {
        try read("conclave-master-key-next")
    }

    /// The second credential; an error says how to add it.
    package func makeReplacement() throws(KeyError) -> MasterKey {
        if let prepared = try loadReplacement() { return prepared }
        throw .notSupported(
            place: place, hint: "Add a second credential named conclave-master-key-next to the unit and rotate again.")
    }

    /// Nothing: the unit belongs to the operator, who renames the credential there after the rotation.
    package func promoteReplacement() throws(KeyError) {}

    private func read(_ name: String) throws(KeyError) -> MasterKey? {
        guard let directory, !directory.isEmpty else { return nil }
        let path = directory + "/" + name
        do { return try KeyText.parse(DurableFile.read(path, limit: 4096).bytes, place: path) } catch let error as KeyError {
            throw error
        } catch let error as FileError {
            if error.isMissing { return nil }
            throw .file(error)
        } catch {
            throw .malformed(place: path)
        }
    }
}
