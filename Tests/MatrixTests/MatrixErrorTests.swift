import Matrix
import Testing

@Suite("Standard error response")
struct MatrixErrorTests {
    @Test("the body has errcode and error")
    func body() {
        #expect(MatrixError.forbidden("no \"way\"").body() == Array(#"{"errcode":"M_FORBIDDEN","error":"no \"way\""}"#.utf8))
    }

    @Test("further members come along")
    func extra() throws {
        let limited = try JSON(parsing: MatrixError.limitExceeded(retryAfterMilliseconds: 1500).body())
        #expect(limited["errcode"]?.string == "M_LIMIT_EXCEEDED")
        #expect(limited["retry_after_ms"]?.int == 1500)
        let soft = try JSON(parsing: MatrixError.unknownToken(softLogout: true).body())
        #expect(soft["soft_logout"]?.bool == true)
        #expect(try JSON(parsing: MatrixError.unknownToken().body())["soft_logout"] == nil)
        #expect(try JSON(parsing: MatrixError.incompatibleRoomVersion("9").body())["room_version"]?.string == "9")
        #expect(try JSON(parsing: MatrixError.wrongRoomKeysVersion(current: "3").body())["current_version"]?.string == "3")
    }

    static let statuses: [(MatrixError, String, Int)] = [
        (.forbidden(""), "M_FORBIDDEN", 403), (.unknownToken(), "M_UNKNOWN_TOKEN", 401),
        (.missingToken(), "M_MISSING_TOKEN", 401),
        (.badJSON(""), "M_BAD_JSON", 400), (.notJSON(""), "M_NOT_JSON", 400), (.notFound(""), "M_NOT_FOUND", 404),
        (.limitExceeded(retryAfterMilliseconds: 1), "M_LIMIT_EXCEEDED", 429), (.unrecognized(), "M_UNRECOGNIZED", 404),
        (.unrecognized(status: 405), "M_UNRECOGNIZED", 405), (.unknown("", status: 400), "M_UNKNOWN", 400),
        (.userDeactivated(), "M_USER_DEACTIVATED", 403), (.userInUse(), "M_USER_IN_USE", 400),
        (.invalidUsername(""), "M_INVALID_USERNAME", 400),
        (.roomInUse(""), "M_ROOM_IN_USE", 400), (.invalidRoomState(""), "M_INVALID_ROOM_STATE", 400),
        (.unsupportedRoomVersion(""), "M_UNSUPPORTED_ROOM_VERSION", 400),
        (.incompatibleRoomVersion(""), "M_INCOMPATIBLE_ROOM_VERSION", 400),
        (.badState(""), "M_BAD_STATE", 403), (.guestAccessForbidden(), "M_GUEST_ACCESS_FORBIDDEN", 403),
        (.missingParam(""), "M_MISSING_PARAM", 400),
        (.invalidParam(""), "M_INVALID_PARAM", 400), (.tooLarge(""), "M_TOO_LARGE", 413), (.exclusive(), "M_EXCLUSIVE", 400),
        (.weakPassword(""), "M_WEAK_PASSWORD", 400), (.duplicateAnnotation(), "M_DUPLICATE_ANNOTATION", 400),
        (.serverBusy(), "M_LIMIT_EXCEEDED", 503),
        (.internalError("r"), "M_UNKNOWN", 500), (.badAlias(""), "M_BAD_ALIAS", 400), (.userLocked(), "M_USER_LOCKED", 401),
        (.userSuspended(""), "M_USER_SUSPENDED", 403), (.cannotOverwriteMedia(""), "M_CANNOT_OVERWRITE_MEDIA", 409),
        (.notYetUploaded(""), "M_NOT_YET_UPLOADED", 504), (.inviteBlocked(""), "M_INVITE_BLOCKED", 403),
        (.wrongRoomKeysVersion(current: "1"), "M_WRONG_ROOM_KEYS_VERSION", 403),
    ]

    @Test("errcode and status belong together", arguments: statuses)
    func status(_ error: MatrixError, _ code: String, _ status: Int) {
        #expect(error.code.rawValue == code)
        #expect(error.status == status)
        #expect(error.matrixError == error)
    }
}
