import Matrix

/// Why there is no preview. Whoever asks cannot tell a page that is forbidden from one that does not answer: otherwise the
/// server could be used to look around in the network that it stands in.
package enum PreviewError: Error, Equatable {
    /// Previews are switched off.
    case off
    /// The URL is none that the server would go to.
    case notAPage
    /// The address is not public.
    case refused
    /// There was no usable answer in time.
    case failed
}

extension PreviewError: MatrixErrorConvertible {
    /// The form in which a client sees it.
    package var matrixError: MatrixError {
        switch self {
        case .off: .unrecognized(status: 404)
        case .notAPage: .invalidParam("url must be an absolute http or https URL")
        case .refused, .failed: .unknown("the page cannot be previewed", status: 502)
        }
    }
}
