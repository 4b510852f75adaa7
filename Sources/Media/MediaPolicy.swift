/// What may be kept, how much of it and for how long.
package struct MediaPolicy: Sendable, Equatable {
    /// The largest file, in bytes.
    package var maximumUpload: Int64 = 104_857_600
    /// Bytes that one person may keep; nil for no limit.
    package var quota: Int64? = 10_737_418_240
    /// Uploads that one person may have under way at once.
    package var uploadsAtOnce = 8
    /// Addresses that one person may have reserved without content.
    package var maximumPending: Int64 = 100
    /// How long a reserved address waits for its content, in milliseconds.
    package var pendingLifetime: Int64 = 86_400_000
    /// How long content is kept, in milliseconds; nil for ever.
    package var retention: Int64?
    /// How long pictures of previews are kept, in milliseconds.
    package var previewRetention: Int64 = 30 * 86_400_000
    /// Bytes that the pictures of previews may take together.
    package var previewBytes: Int64 = 1 << 30
    /// Whether media is given to those who do not say who they are, through the endpoints that the specification deprecates.
    package var isOpenToAll = false
    /// The largest file of which a thumbnail is made, in bytes.
    package var maximumPicture: Int64 = 52_428_800
    /// Variants that are kept of one picture.
    package var thumbnailsPerPicture = 24
    /// The longest that a download waits for content that is still to come.
    package var maximumWait: Duration = .seconds(60)

    /// The limits that a server starts with.
    package init() {}
}
