import Matrix

/// A thumbnail as a client asks for it, brought to one of few sizes, so that few are made.
///
/// [Specification](https://spec.matrix.org/v1.16/client-server-api/#thumbnails)
package struct ThumbnailWish: Sendable, Hashable {
    /// How a picture becomes smaller.
    package enum Method: String, Sendable {
        /// The whole picture in its own proportions.
        case scale
        /// The middle of the picture in the proportions asked for.
        case crop
    }

    /// The least width and height of the result, where the picture has them.
    package let width, height: Int
    /// How it becomes smaller.
    let method: Method
    /// Whether a moving picture stays one.
    let isMoving: Bool

    /// A wish for these sides, in pixels; negative and empty ones are refused.
    /// - Throws: `M_INVALID_PARAM`.
    package init(width: Int64, height: Int64, method: Method, isMoving: Bool) throws(MatrixError) {
        guard width > 0, height > 0 else { throw .invalidParam("width and height must be positive") }
        let (width, height) = (Int(min(width, Self.longest)), Int(min(height, Self.longest)))
        self.method = method
        self.isMoving = isMoving
        switch method {
        case .scale:
            let whole = (width: Int(Self.longest), height: Int(Self.longest))
            (self.width, self.height) = Self.scaled.first(where: { $0.width >= width && $0.height >= height }) ?? whole
        case .crop where width == height:
            let side = Self.squares.first { $0 >= width } ?? width
            (self.width, self.height) = (side, side)
        case .crop:
            (self.width, self.height) = (width, height)
        }
    }

    /// The name of the variant among those of one picture.
    var variant: String { "\(method.rawValue) \(width) \(height) \(isMoving ? "moving" : "still")" }

    /// No side is asked to be longer; what is larger is left as it is.
    private static let longest: Int64 = 8192
    /// The sizes of the specification, and larger ones in the same proportions for large screens.
    private static let scaled: [(width: Int, height: Int)] = [
        (320, 240), (640, 480), (800, 600), (1280, 960), (1920, 1440), (2560, 1920), (3840, 2880),
    ]
    /// The squares of the specification, and larger ones.
    private static let squares = [32, 96, 192, 320, 640, 960, 1280, 1920]
}
