import Matrix
import Storage

/// The content repository: files that people upload and others download, each encrypted under a key of its own.
///
/// [Specification](https://spec.matrix.org/v1.16/client-server-api/#content-repository)
package struct MediaRepository: Sendable {
    /// Where the rows are.
    let store: Store
    /// The first part of every address here.
    package let serverName: ServerName
    /// What may be kept.
    package let policy: MediaPolicy
    /// Where the files are.
    let objects: ObjectDirectory
    /// Wakes downloads that wait.
    let arrivals: MediaArrivals
    /// Counts uploads under way.
    let admission: Admission
    /// Makes thumbnails; without it there are none.
    let imageProgram: ImageProgram?
    /// Looks for harm; without it nothing is examined.
    let scanner: VirusScanner?

    /// A repository over an open store.
    /// - Parameter directory: where the files lie; made when it is not there.
    package init(
        store: Store, serverName: ServerName, directory: String, policy: MediaPolicy, imageProgram: ImageProgram? = nil,
        scanner: VirusScanner? = nil
    ) throws {
        self.store = store
        self.serverName = serverName
        self.policy = policy
        objects = ObjectDirectory(directory)
        arrivals = MediaArrivals()
        self.imageProgram = imageProgram
        self.scanner = scanner
        admission = Admission(limit: policy.uploadsAtOnce)
        try objects.prepare()
    }

    /// Removes files that an interruption or an erasure left without a row.
    /// - Parameter seconds: how long nobody must have written them: well above the time of an upload's last steps.
    /// - Returns: how many there were.
    @discardableResult
    package func sweep(untouchedFor seconds: Int) async throws -> Int {
        try await objects.sweep(untouchedFor: seconds) { prefix in
            try await store.read { tx in try MediaQueries.files(beginning: prefix, tx) }
        }
    }

    /// Removes files whose rows are gone. What cannot be removed now is swept later.
    func discard(_ files: [String]) {
        for file in files { try? objects.remove(file) }  // without its key the file is noise already
    }
}
