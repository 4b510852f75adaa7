import Keys
import Media

extension MediaPolicy {
    /// What the settings say about files.
    init(_ settings: Settings.Files) {
        self.init()
        maximumUpload = settings.maximumUpload
        quota = settings.quota
        retention = settings.retentionDays.map { $0 * 86_400_000 }
        pendingLifetime = settings.unusedHours * 3_600_000
        isOpenToAll = settings.isOpenToAll
    }
}

extension ImageProgram {
    /// Where the program that makes thumbnails belongs: beside the server's own.
    static var path: String? {
        DurableFile.resolved("/proc/self/exe").flatMap { DurableFile.parent(of: $0) }.map { $0 + "/conclave-image" }
    }

    /// The program that makes thumbnails; nil where it does not lie in its place.
    convenience init?(_ settings: Settings.Files) {
        guard let path = Self.path else { return nil }
        self.init(path: path, maximumPixels: settings.maximumPixels)
    }
}
