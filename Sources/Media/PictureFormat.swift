/// The formats of pictures that can be reduced, told by how their files begin and never by what the uploader says.
enum PictureFormat: String, Sendable {
    case jpeg, png, gif, webp

    /// How many bytes tell.
    static let markLength = 12

    /// The format of a file that begins like this.
    init?(_ head: [UInt8]) {
        if head.starts(with: [0xFF, 0xD8, 0xFF]) {
            self = .jpeg
        } else if head.starts(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) {
            self = .png
        } else if head.starts(with: "GIF87a".utf8) || head.starts(with: "GIF89a".utf8) {
            self = .gif
        } else if head.count >= Self.markLength, head.starts(with: "RIFF".utf8), head[8..<12].elementsEqual("WEBP".utf8) {
            self = .webp
        } else {
            return nil
        }
    }
}
