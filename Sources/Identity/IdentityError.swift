import Matrix

/// Why something about an account was refused.
package enum IdentityError: Error, Equatable {
    /// The name, password or token is wrong; which of them is not told.
    case wrongCredentials
    /// The access or refresh token is not known, or no longer.
    case unknownToken
    /// The access or refresh token has run out; the device may sign in again and keep what it has.
    case expiredToken
    /// The account is locked by an administrator.
    case locked
    /// The account is suspended and may not do this.
    case suspended
    /// Too many failures; after so many milliseconds another attempt is heard.
    case tooManyFailures(Int64)
    /// As many passwords as allowed are being checked already.
    case tooManyHashes
    /// The user ID is taken.
    case userInUse
    /// The user name is against the grammar.
    case invalidUsername
    /// The user name is reserved.
    case reserved
    /// The password is too weak, with the reason.
    case weakPassword(String)
    /// No password was given.
    case missingPassword
    /// Accounts of this kind cannot be made here.
    case registrationClosed
    /// The registration token is not valid, or not any more.
    case invalidRegistrationToken
    /// The shared secret or its nonce does not fit.
    case wrongRegistrationCode
    /// A device ID that is empty, too long or not printable ASCII.
    case invalidDeviceID
    /// A device name that is too long.
    case deviceNameTooLong
    /// The person has no such device.
    case unknownDevice
    /// There is no such account.
    case unknownAccount
    /// Nobody would be left to run the server.
    case lastAdministrator
    /// The set-up token is wrong or the server has been set up already.
    case setUpClosed
    /// The profile does not have this field.
    case unknownProfileField
    /// The key of the profile field is against the grammar.
    case invalidProfileKey
    /// The key of the profile field is longer than 255 bytes.
    case profileKeyTooLarge
    /// The value does not fit the field, with the reason.
    case invalidProfileValue(String)
    /// The profile would reach 64 KiB.
    case profileTooLarge
}

extension IdentityError: MatrixErrorConvertible {
    package var matrixError: MatrixError {
        switch self {
        case .wrongCredentials: .forbidden("the name or the password is wrong")
        case .unknownToken: .unknownToken()
        case .expiredToken: .unknownToken(softLogout: true)
        case .locked: .userLocked()
        case .suspended: .userSuspended("you cannot do this while your account is suspended")
        case .tooManyFailures(let milliseconds): .limitExceeded(retryAfterMilliseconds: Int(milliseconds))
        case .tooManyHashes: .limitExceeded(retryAfterMilliseconds: 1000)
        case .userInUse: .userInUse()
        case .invalidUsername: .invalidUsername("user names consist of a-z, 0-9 and . _ = - / +")
        case .reserved: .exclusive()
        case .weakPassword(let reason): .weakPassword(reason)
        case .missingPassword: .missingParam("password is missing")
        case .registrationClosed: .forbidden("registration is not open on this server")
        case .invalidRegistrationToken: .forbidden("the registration token is not valid")
        case .wrongRegistrationCode: .forbidden("the code does not fit the nonce and the request")
        case .invalidDeviceID: .invalidParam("a device ID has 1 to 255 printable ASCII characters")
        case .deviceNameTooLong: .invalidParam("a device name has at most 256 characters")
        case .unknownDevice: .notFound("you have no such device")
        case .unknownAccount: .notFound("there is no such account")
        case .lastAdministrator: .forbidden("the last administrator stays")
        case .setUpClosed: .forbidden("the set-up link is not valid")
        case .unknownProfileField: .notFound("the profile has no such field")
        case .invalidProfileKey: .invalidParam("not a key of a profile field")
        case .profileKeyTooLarge: .keyTooLarge("the key has more than 255 bytes")
        case .invalidProfileValue(let reason): .invalidParam(reason)
        case .profileTooLarge: .profileTooLarge("the profile would reach 64 KiB")
        }
    }
}
