import Matrix

/// Why a search has no answer.
package enum SearchError: Error, Equatable {
    /// The term is longer than anybody types.
    case termTooLong
    /// `next_batch` is not one of ours.
    case badToken
    /// Too many people are searching.
    case busy
    /// The index was changed since it was read; never seen by clients.
    case outdated
    /// A block of the index is not what was written.
    case damaged
}

extension SearchError: MatrixErrorConvertible {
    /// The form in which a client sees it.
    package var matrixError: MatrixError {
        switch self {
        case .termTooLong: .invalidParam("search_term is too long")
        case .badToken: .invalidParam("next_batch is not a token of this server")
        case .busy, .outdated: .serverBusy()
        case .damaged: .unknown("The search index is damaged; `conclave search rebuild` makes it anew.", status: 500)
        }
    }
}
