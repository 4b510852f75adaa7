/// The [room versions](https://spec.matrix.org/v1.19/rooms/) of this server.
package enum RoomVersion: String, Sendable, CaseIterable {
    /// [Version 10](https://spec.matrix.org/v1.19/rooms/v10/).
    case v10 = "10"
    /// [Version 11](https://spec.matrix.org/v1.19/rooms/v11/).
    case v11 = "11"
    /// [Version 12](https://spec.matrix.org/v1.19/rooms/v12/).
    case v12 = "12"
}
