// Errors that are a code, a status and a sentence.
extension MatrixError {
    /// The requester may not do this. 403.
    package static func forbidden(_ message: String) -> MatrixError { MatrixError(.forbidden, message, status: 403) }

    /// The JSON is valid but not what the endpoint wants. 400.
    package static func badJSON(_ message: String) -> MatrixError { MatrixError(.badJSON, message, status: 400) }

    /// The body is not JSON. 400.
    package static func notJSON(_ message: String) -> MatrixError { MatrixError(.notJSON, message, status: 400) }

    /// There is nothing here for the requester. 404.
    package static func notFound(_ message: String) -> MatrixError { MatrixError(.notFound, message, status: 404) }

    /// The user name is outside the grammar. 400.
    package static func invalidUsername(_ message: String) -> MatrixError { MatrixError(.invalidUsername, message, status: 400) }

    /// The alias of a room to be created is taken. 400.
    package static func roomInUse(_ message: String) -> MatrixError { MatrixError(.roomInUse, message, status: 400) }

    /// The initial state of a room to be created is invalid. 400.
    package static func invalidRoomState(_ message: String) -> MatrixError {
        MatrixError(.invalidRoomState, message, status: 400)
    }

    /// A room cannot be created in this version. 400.
    package static func unsupportedRoomVersion(_ message: String) -> MatrixError {
        MatrixError(.unsupportedRoomVersion, message, status: 400)
    }

    /// The change of state cannot be made. 403.
    package static func badState(_ message: String) -> MatrixError { MatrixError(.badState, message, status: 403) }

    /// A required parameter is missing. 400.
    package static func missingParam(_ message: String) -> MatrixError { MatrixError(.missingParam, message, status: 400) }

    /// A parameter has a wrong value. 400.
    package static func invalidParam(_ message: String) -> MatrixError { MatrixError(.invalidParam, message, status: 400) }

    /// The request or entity is too large. 413.
    package static func tooLarge(_ message: String) -> MatrixError { MatrixError(.tooLarge, message, status: 413) }

    /// The password is too weak. 400.
    package static func weakPassword(_ message: String) -> MatrixError { MatrixError(.weakPassword, message, status: 400) }

    /// An alias of `m.room.canonical_alias` does not point to the room. 400.
    package static func badAlias(_ message: String) -> MatrixError { MatrixError(.badAlias, message, status: 400) }

    /// A signature does not verify. 400.
    package static func invalidSignature(_ message: String) -> MatrixError {
        MatrixError(.invalidSignature, message, status: 400)
    }

    /// The invited user does not take invites. 403.
    package static func inviteBlocked(_ message: String) -> MatrixError { MatrixError(.inviteBlocked, message, status: 403) }

    /// The profile would pass its limit. 400.
    package static func profileTooLarge(_ message: String) -> MatrixError { MatrixError(.profileTooLarge, message, status: 400) }

    /// The name of a profile's field is too long. 400.
    package static func keyTooLarge(_ message: String) -> MatrixError { MatrixError(.keyTooLarge, message, status: 400) }

    /// The request was not correctly authorised. 401.
    package static func unauthorized(_ message: String) -> MatrixError { MatrixError(.unauthorized, message, status: 401) }

    /// The account is suspended. 403.
    package static func userSuspended(_ message: String) -> MatrixError { MatrixError(.userSuspended, message, status: 403) }

    /// The third-party identifier is taken. 400.
    package static func threepidInUse(_ message: String) -> MatrixError { MatrixError(.threepidInUse, message, status: 400) }

    /// The third-party identifier is not known. 400.
    package static func threepidNotFound(_ message: String) -> MatrixError {
        MatrixError(.threepidNotFound, message, status: 400)
    }

    /// This server does not take the third-party identifier. 403.
    package static func threepidDenied(_ message: String) -> MatrixError { MatrixError(.threepidDenied, message, status: 403) }

    /// The third-party identifier was not proven. 400.
    package static func threepidAuthFailed(_ message: String) -> MatrixError {
        MatrixError(.threepidAuthFailed, message, status: 400)
    }

    /// Third-party identifiers of this medium are not supported. 400.
    package static func threepidMediumNotSupported(_ message: String) -> MatrixError {
        MatrixError(.threepidMediumNotSupported, message, status: 400)
    }

    /// The request names a third-party server that is not trusted. 400.
    package static func serverNotTrusted(_ message: String) -> MatrixError {
        MatrixError(.serverNotTrusted, message, status: 400)
    }

    /// The room of server notices cannot be left. 403.
    package static func cannotLeaveServerNoticeRoom(_ message: String) -> MatrixError {
        MatrixError(.cannotLeaveServerNoticeRoom, message, status: 403)
    }

    /// The media ID has content already. 409.
    package static func cannotOverwriteMedia(_ message: String) -> MatrixError {
        MatrixError(.cannotOverwriteMedia, message, status: 409)
    }

    /// The media ID has no content yet. 504.
    package static func notYetUploaded(_ message: String) -> MatrixError { MatrixError(.notYetUploaded, message, status: 504) }
}

// Errors that carry more, or whose sentence is always the same.
extension MatrixError {
    /// The token is not, or no longer, valid. 401.
    ///
    /// With `softLogout` the client keeps its keys and logs in again:
    /// [soft logout](https://spec.matrix.org/v1.19/client-server-api/#soft-logout).
    package static func unknownToken(softLogout: Bool = false) -> MatrixError {
        MatrixError(.unknownToken, "the token is not valid", status: 401, extra: softLogout ? ["soft_logout": true] : [:])
    }

    /// The request has no access token. 401.
    package static func missingToken() -> MatrixError {
        MatrixError(.missingToken, "an access token is required", status: 401)
    }

    /// Too many requests. 429, with `retry_after_ms`; the HTTP surface adds `Retry-After`.
    package static func limitExceeded(retryAfterMilliseconds: Int) -> MatrixError {
        MatrixError(
            .limitExceeded, "too many requests", status: 429, extra: ["retry_after_ms": .int(Int64(retryAfterMilliseconds))])
    }

    /// The server is full for the moment; nothing was changed. 503, to be tried again like `M_LIMIT_EXCEEDED`.
    package static func serverBusy(retryAfterMilliseconds: Int = 1000) -> MatrixError {
        MatrixError(
            .limitExceeded, "the server is busy", status: 503, extra: ["retry_after_ms": .int(Int64(retryAfterMilliseconds))])
    }

    /// The endpoint does not exist (404) or not with this method (405).
    package static func unrecognized(status: Int = 404) -> MatrixError {
        MatrixError(.unrecognized, status == 405 ? "the method is not allowed here" : "no such endpoint", status: status)
    }

    /// A sliding sync has to begin anew.
    package static func unknownPosition() -> MatrixError {
        MatrixError(.unknownPosition, "the connection is not known any more; begin without pos", status: 400)
    }

    /// Something else went wrong.
    package static func unknown(_ message: String, status: Int) -> MatrixError {
        MatrixError(.unknown, message, status: status)
    }

    /// The server made a mistake. 500; the request's ID finds it in the log.
    package static func internalError(_ requestID: String) -> MatrixError {
        MatrixError(.unknown, "internal error (request \(requestID))", status: 500)
    }

    /// The account is closed. 403.
    package static func userDeactivated() -> MatrixError {
        MatrixError(.userDeactivated, "this account has been deactivated", status: 403)
    }

    /// The user name is taken. 400.
    package static func userInUse() -> MatrixError {
        MatrixError(.userInUse, "this user name is taken", status: 400)
    }

    /// The account is locked: [account locking](https://spec.matrix.org/v1.19/client-server-api/#account-locking).
    /// 401, with the soft logout the specification asks for.
    package static func userLocked() -> MatrixError {
        MatrixError(.userLocked, "this account is locked", status: 401, extra: ["soft_logout": true])
    }

    /// The room to be joined has a version this server does not know. 400, with `room_version`.
    package static func incompatibleRoomVersion(_ version: String) -> MatrixError {
        MatrixError(
            .incompatibleRoomVersion, "this server does not support the version of this room", status: 400,
            extra: ["room_version": .string(version)])
    }

    /// Guests may not come in. 403.
    package static func guestAccessForbidden() -> MatrixError {
        MatrixError(.guestAccessForbidden, "guests may not do this", status: 403)
    }

    /// The name is reserved by an application service. 400.
    package static func exclusive() -> MatrixError {
        MatrixError(.exclusive, "this name is reserved", status: 400)
    }

    /// The same reaction to the same event was sent before. 400.
    package static func duplicateAnnotation() -> MatrixError {
        MatrixError(.duplicateAnnotation, "this reaction was sent already", status: 400)
    }

    /// The backup's version is not the current one. 403, with `current_version`.
    package static func wrongRoomKeysVersion(current: String) -> MatrixError {
        MatrixError(
            .wrongRoomKeysVersion, "this is not the current version of the backup", status: 403,
            extra: ["current_version": .string(current)])
    }

    /// The server has reached a limit set for it. 403, with `admin_contact`.
    package static func resourceLimitExceeded(_ message: String, adminContact: String) -> MatrixError {
        MatrixError(.resourceLimitExceeded, message, status: 403, extra: ["admin_contact": .string(adminContact)])
    }

    /// The account has reached a limit of its own. 403, with `info_uri`.
    package static func userLimitExceeded(_ message: String, infoURI: String) -> MatrixError {
        MatrixError(.userLimitExceeded, message, status: 403, extra: ["info_uri": .string(infoURI)])
    }
}
