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
    /// The program that makes thumbnails, which lies beside the server's own. nil when it does not.
    convenience init?(_ settings: Settings.Files) {
        guard let own = DurableFile.resolved("/proc/self/exe"), let directory = DurableFile.parent(of: own) else { return nil }
        self.init(path: directory + "/conclave-image", maximumPixels: settings.maximumPixels)
    }
}
