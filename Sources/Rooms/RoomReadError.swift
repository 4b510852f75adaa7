import Matrix

/// Why a room or an event is not shown.
package enum RoomReadError: Error, Equatable {
    /// The reader may not look into the room, or there is none: the two look alike.
    case notVisible
    /// No such event, or not for this reader: the two look alike.
    case eventNotFound
    /// No such state.
    case stateNotFound
    /// A stored event is not what was stored.
    case damaged
}

extension RoomReadError: MatrixErrorConvertible {
    /// The form in which a client sees it.
    package var matrixError: MatrixError {
        switch self {
        case .notVisible: .forbidden("You aren't a member of the room.")
        case .eventNotFound: .notFound("Event not found.")
        case .stateNotFound: .notFound("The room has no state with the given type or key.")
        case .damaged: .unknown("A stored event could not be read.", status: 500)
        }
    }
}
