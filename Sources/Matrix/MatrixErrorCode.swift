extension MatrixError {
    /// An errcode of the [client-server API](https://spec.matrix.org/v1.19/client-server-api/#common-error-codes).
    package struct Code: RawRepresentable, Hashable, Sendable {
        /// The name as it is sent.
        package let rawValue: String

        /// A code of that name, also one the specification does not have.
        package init(rawValue: String) { self.rawValue = rawValue }

        /// An alias of `m.room.canonical_alias` does not point to the room.
        package static let badAlias = Code(rawValue: "M_BAD_ALIAS")
        /// The JSON is valid but not what the endpoint wants.
        package static let badJSON = Code(rawValue: "M_BAD_JSON")
        /// The change of state cannot be made, such as to unban who is not banned.
        package static let badState = Code(rawValue: "M_BAD_STATE")
        /// The room of server notices cannot be left.
        package static let cannotLeaveServerNoticeRoom = Code(rawValue: "M_CANNOT_LEAVE_SERVER_NOTICE_ROOM")
        /// The media ID has content already.
        package static let cannotOverwriteMedia = Code(rawValue: "M_CANNOT_OVERWRITE_MEDIA")
        /// The captcha's answer is wrong.
        package static let captchaInvalid = Code(rawValue: "M_CAPTCHA_INVALID")
        /// A captcha must be solved first.
        package static let captchaNeeded = Code(rawValue: "M_CAPTCHA_NEEDED")
        /// Another server could not be reached.
        package static let connectionFailed = Code(rawValue: "M_CONNECTION_FAILED")
        /// What a client would do by itself was undone by its owner since (MSC4306).
        package static let conflictingUnsubscription = Code(rawValue: "IO.ELEMENT.MSC4306.M_CONFLICTING_UNSUBSCRIPTION")
        /// The same reaction to the same event was sent before.
        package static let duplicateAnnotation = Code(rawValue: "M_DUPLICATE_ANNOTATION")
        /// The name is reserved by an application service.
        package static let exclusive = Code(rawValue: "M_EXCLUSIVE")
        /// The requester may not do this.
        package static let forbidden = Code(rawValue: "M_FORBIDDEN")
        /// Guests may not come in.
        package static let guestAccessForbidden = Code(rawValue: "M_GUEST_ACCESS_FORBIDDEN")
        /// The room to be joined has a version this server does not know.
        package static let incompatibleRoomVersion = Code(rawValue: "M_INCOMPATIBLE_ROOM_VERSION")
        /// A parameter has a wrong value.
        package static let invalidParam = Code(rawValue: "M_INVALID_PARAM")
        /// The initial state of a room to be created is invalid.
        package static let invalidRoomState = Code(rawValue: "M_INVALID_ROOM_STATE")
        /// A signature does not verify.
        package static let invalidSignature = Code(rawValue: "M_INVALID_SIGNATURE")
        /// The user name is outside the grammar.
        package static let invalidUsername = Code(rawValue: "M_INVALID_USERNAME")
        /// The invited user does not take invites.
        package static let inviteBlocked = Code(rawValue: "M_INVITE_BLOCKED")
        /// The name of a profile's field is too long.
        package static let keyTooLarge = Code(rawValue: "M_KEY_TOO_LARGE")
        /// Too many requests in a short time.
        package static let limitExceeded = Code(rawValue: "M_LIMIT_EXCEEDED")
        /// A required parameter is missing.
        package static let missingParam = Code(rawValue: "M_MISSING_PARAM")
        /// The request has no access token.
        package static let missingToken = Code(rawValue: "M_MISSING_TOKEN")
        /// There is nothing here for the requester.
        package static let notFound = Code(rawValue: "M_NOT_FOUND")
        /// The event is not in the thread (MSC4306).
        package static let notInThread = Code(rawValue: "IO.ELEMENT.MSC4306.M_NOT_IN_THREAD")
        /// The body is not JSON.
        package static let notJSON = Code(rawValue: "M_NOT_JSON")
        /// The media ID has no content yet.
        package static let notYetUploaded = Code(rawValue: "M_NOT_YET_UPLOADED")
        /// The profile would pass its limit.
        package static let profileTooLarge = Code(rawValue: "M_PROFILE_TOO_LARGE")
        /// The server has reached a limit set for it.
        package static let resourceLimitExceeded = Code(rawValue: "M_RESOURCE_LIMIT_EXCEEDED")
        /// The alias of a room to be created is taken.
        package static let roomInUse = Code(rawValue: "M_ROOM_IN_USE")
        /// The request names a third-party server that is not trusted.
        package static let serverNotTrusted = Code(rawValue: "M_SERVER_NOT_TRUSTED")
        /// The third-party identifier was not proven.
        package static let threepidAuthFailed = Code(rawValue: "M_THREEPID_AUTH_FAILED")
        /// This server does not take the third-party identifier.
        package static let threepidDenied = Code(rawValue: "M_THREEPID_DENIED")
        /// The third-party identifier is taken.
        package static let threepidInUse = Code(rawValue: "M_THREEPID_IN_USE")
        /// Third-party identifiers of this medium are not supported.
        package static let threepidMediumNotSupported = Code(rawValue: "M_THREEPID_MEDIUM_NOT_SUPPORTED")
        /// The third-party identifier is not known.
        package static let threepidNotFound = Code(rawValue: "M_THREEPID_NOT_FOUND")
        /// The request or entity is too large.
        package static let tooLarge = Code(rawValue: "M_TOO_LARGE")
        /// The request was not correctly authorised.
        package static let unauthorized = Code(rawValue: "M_UNAUTHORIZED")
        /// Something went wrong; the status says more.
        package static let unknown = Code(rawValue: "M_UNKNOWN")
        /// The device is not the user's.
        package static let unknownDevice = Code(rawValue: "M_UNKNOWN_DEVICE")
        /// The server no longer knows what it told up to this position; the client begins anew.
        package static let unknownPosition = Code(rawValue: "M_UNKNOWN_POS")
        /// The token is not, or no longer, valid.
        package static let unknownToken = Code(rawValue: "M_UNKNOWN_TOKEN")
        /// The endpoint or its method does not exist.
        package static let unrecognized = Code(rawValue: "M_UNRECOGNIZED")
        /// A room cannot be created in this version.
        package static let unsupportedRoomVersion = Code(rawValue: "M_UNSUPPORTED_ROOM_VERSION")
        /// The account is closed.
        package static let userDeactivated = Code(rawValue: "M_USER_DEACTIVATED")
        /// The user name is taken.
        package static let userInUse = Code(rawValue: "M_USER_IN_USE")
        /// The account has reached a limit of its own.
        package static let userLimitExceeded = Code(rawValue: "M_USER_LIMIT_EXCEEDED")
        /// The account is locked.
        package static let userLocked = Code(rawValue: "M_USER_LOCKED")
        /// The account is suspended.
        package static let userSuspended = Code(rawValue: "M_USER_SUSPENDED")
        /// The password is too weak.
        package static let weakPassword = Code(rawValue: "M_WEAK_PASSWORD")
        /// The backup's version is not the current one.
        package static let wrongRoomKeysVersion = Code(rawValue: "M_WRONG_ROOM_KEYS_VERSION")
    }
}
