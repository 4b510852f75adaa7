/// A place in everything that happens: the position of what is stored, and the serial of what lives in memory alone.
package struct StreamMark: Sendable, Hashable {
    /// The last position, of the counter that all stored streams share.
    package var position: Int64
    /// The last serial of typing and presence.
    package var serial: Int64

    /// A mark of its two halves.
    package init(position: Int64, serial: Int64) {
        self.position = position
        self.serial = serial
    }
}
