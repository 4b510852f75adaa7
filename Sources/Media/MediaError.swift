import Matrix

/// Why media is not taken or given.
package enum MediaError: Error, Equatable {
    /// There is nothing at this address, or nothing that may be seen.
    case notFound
    /// The address is reserved and its content has not come yet.
    case notYetUploaded
    /// The address has content.
    case alreadyUploaded
    /// The address was reserved by somebody else.
    case notReservedByYou
    /// The file is larger than this many bytes.
    case tooLarge(Int64)
    /// The person keeps as much as allowed.
    case quotaReached
    /// The person has too many uploads under way.
    case tooManyUploads
    /// The person has reserved too many addresses; one is free again after so many milliseconds.
    case tooManyPending(retryAfter: Int64)
    /// What lies on the disk is not what was put there.
    case damaged
    /// The content was found to be harmful.
    case harmful
    /// Whether the content is harmful cannot be told at the moment.
    case scannerUnavailable
    /// The content is not a picture that can be reduced.
    case notThumbnailable
    /// The picture is larger than may be decoded.
    case pictureTooLarge
    /// Pictures cannot be reduced right now: too many wait, or the program that does it fails.
    case thumbnailsUnavailable
}

extension MediaError: MatrixErrorConvertible {
    /// The form in which a client sees it.
    package var matrixError: MatrixError {
        switch self {
        case .notFound: .notFound("there is no such media")
        case .notYetUploaded: .notYetUploaded("the content has not been uploaded yet")
        case .alreadyUploaded: .cannotOverwriteMedia("there is content at this address already")
        case .notReservedByYou: .forbidden("the address was reserved by somebody else")
        case .tooLarge(let limit): .tooLarge("the upload is larger than \(limit) bytes")
        case .quotaReached: .forbidden("your files take as much space as you are allowed")
        case .tooManyUploads: .limitExceeded(retryAfterMilliseconds: 1000)
        case .tooManyPending(let wait): .limitExceeded(retryAfterMilliseconds: Int(wait))
        case .damaged: .unknown("the stored content is damaged", status: 500)
        case .harmful: .forbidden("the content was found to be harmful and is not taken")
        case .scannerUnavailable: .unknown("files cannot be examined for harm at the moment; try again later", status: 503)
        case .notThumbnailable: .unknown("no thumbnail can be made of this content", status: 400)
        case .pictureTooLarge: .tooLarge("the picture is too large to make a thumbnail of it")
        case .thumbnailsUnavailable: .serverBusy()
        }
    }
}
