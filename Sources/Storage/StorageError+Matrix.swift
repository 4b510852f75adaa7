import Matrix

extension StorageError: MatrixErrorConvertible {
    /// What a client is told: to come back later, or that the server failed. The reason stays in the server's log.
    package var matrixError: MatrixError {
        switch self {
        case .busy, .groupRolledBack, .closed: .serverBusy()
        case .diskFull: .unknown("the server has no space left", status: 507)
        case .keyDestroyed: .notFound("this was erased")
        default: .unknown("internal error", status: 500)
        }
    }
}
