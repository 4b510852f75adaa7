/// What is wanted of a picture.
struct Wish {
    /// The least width and height, where the picture has them.
    let width, height: Int
    /// Whether the result has the proportions of the wish rather than its own.
    let crops: Bool
    /// Whether a moving picture stays one.
    let moves: Bool
    /// Pixels of all frames that may be decoded.
    let maximumPixels: Int

    init?(_ arguments: ArraySlice<String>) {
        let words = Array(arguments)
        guard words.count == 5, let width = Int(words[0]), let height = Int(words[1]), let maximum = Int(words[4]),
            (1...16_384).contains(width), (1...16_384).contains(height), (1...1_000_000_000).contains(maximum),
            ["scale", "crop"].contains(words[2]), ["still", "moving"].contains(words[3])
        else { return nil }
        self.width = width
        self.height = height
        crops = words[2] == "crop"
        moves = words[3] == "moving"
        maximumPixels = maximum
    }
}

/// Why there is no smaller picture; the exit status of the program.
enum Refusal: Int32, Error {
    /// The arguments are wrong.
    case usage = 64
    /// It is not a picture of a known format, or a broken one.
    case notAPicture = 2
    /// It has more pixels or bytes than may be decoded.
    case tooLarge = 3
    /// The program could not do its work.
    case failed = 4
}
