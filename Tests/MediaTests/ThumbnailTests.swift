import Foundation
import Matrix
import Media
import TestHouse
import Testing

@Suite("Thumbnails")
struct ThumbnailTests {
    /// A PNG of 64 × 48 red pixels, without compression to speak of.
    private static let picture: [UInt8] = {
        var rows: [UInt8] = []
        for _ in 0..<48 { rows += [0] + [UInt8](repeating: 0, count: 64 * 3).enumerated().map { $0.offset % 3 == 0 ? 255 : 0 } }
        func chunk(_ type: String, _ data: [UInt8]) -> [UInt8] {
            let body = Array(type.utf8) + data
            return bigEndian(UInt32(data.count)) + body + bigEndian(crc(body))
        }
        let stored = [1] + littleEndian(UInt16(rows.count)) + littleEndian(~UInt16(rows.count)) + rows
        return [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
            + chunk("IHDR", bigEndian(64) + bigEndian(48) + [8, 2, 0, 0, 0])
            + chunk("IDAT", [0x78, 0x01] + stored + bigEndian(adler(rows))) + chunk("IEND", [])
    }()

    private static func bigEndian(_ value: UInt32) -> [UInt8] { [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) } }
    private static func littleEndian(_ value: UInt16) -> [UInt8] { [UInt8(value & 255), UInt8(value >> 8)] }
    private static func adler(_ bytes: [UInt8]) -> UInt32 {
        let sums = bytes.reduce((a: UInt32(1), b: UInt32(0))) { sums, byte in
            let a = (sums.a + UInt32(byte)) % 65_521
            return (a, (sums.b + a) % 65_521)
        }
        return sums.b << 16 | sums.a
    }
    private static func crc(_ bytes: [UInt8]) -> UInt32 {
        var crc = ~UInt32(0)
        for byte in bytes {
            crc ^= UInt32(byte)
            for _ in 0..<8 {
                let low = crc & 1
                crc >>= 1
                if low == 1 { crc ^= 0xEDB8_8320 }
            }
        }
        return ~crc
    }

    /// Where the program lies that this build has made.
    static func path() throws -> String {
        let own = URL(filePath: try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe"))
        let beside = [own.deletingLastPathComponent(), URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()]
            .map { $0.appending(path: "conclave-image").path }
        return try #require(
            (beside + [".build/debug/conclave-image", ".build/release/conclave-image"]).first {
                FileManager.default.isExecutableFile(atPath: $0)
            })
    }

    private func program(maximumPixels: Int = 1_000_000, waiting: Int = 8) throws -> ImageProgram {
        try #require(ImageProgram(path: try Self.path(), maximumPixels: maximumPixels, waiting: waiting))
    }

    private func thumbnail(
        _ house: MediaHouse, _ id: MediaID, _ width: Int64, _ height: Int64, _ method: ThumbnailWish.Method = .scale
    ) async throws -> StoredThumbnail {
        let wish = try ThumbnailWish(width: width, height: height, method: method, isMoving: false)
        return try await house.media.thumbnail(of: id, on: "example.org", wish, waiting: .zero, at: house.now).0
    }

    private func size(_ thumbnail: StoredThumbnail) async throws -> [Int] {
        let head = try await thumbnail.reader.bytes(16..<24)
        return [head[..<4], head[4...]].map { $0.reduce(0) { $0 << 8 | Int($1) } }
    }

    @Test("are made once and kept encrypted like the picture")
    func keeping() async throws {
        let house = try MediaHouse(imageProgram: try program())
        let alice = try await house.person("alice")
        let id = try await house.upload(Self.picture, by: alice)
        let made = try await thumbnail(house, id, 32, 32, .crop)
        #expect(made.type.rawValue == "image/png" && made.fileName == "thumbnail.png")
        #expect(try await size(made) == [32, 32])
        #expect(house.files.count == 2)
        let kept = try await thumbnail(house, id, 20, 20, .crop)
        #expect(try await kept.reader.bytes(0..<kept.reader.length) == made.reader.bytes(0..<made.reader.length))
        #expect(house.files.count == 2)
        #expect(try await size(thumbnail(house, id, 30, 10, .crop)) == [30, 10])
        // The picture is no larger than that: it is given as it is.
        let whole = try await thumbnail(house, id, 320, 240)
        #expect(try await whole.reader.bytes(0..<whole.reader.length) == Self.picture)
        for file in house.files { #expect(try Data(contentsOf: file).range(of: Data("PNG".utf8)) == nil) }
        try await house.media.delete(id, by: alice, at: house.now)
        #expect(house.files.isEmpty)
    }

    @Test("are not kept without end")
    func limit() async throws {
        let house = try MediaHouse(imageProgram: try program()) { $0.thumbnailsPerPicture = 2 }
        let alice = try await house.person("alice")
        let id = try await house.upload(Self.picture, by: alice)
        for width in 5...9 as ClosedRange<Int64> {
            #expect(try await size(thumbnail(house, id, width, 7 + width, .crop)) == [Int(width), Int(7 + width)])
        }
        #expect(house.files.count == 3)
    }

    @Test("are not made of what is no picture, is broken, or is too large")
    func refused() async throws {
        let house = try MediaHouse(imageProgram: try program(maximumPixels: 1_000_000)) { $0.maximumPicture = 100_000 }
        let alice = try await house.person("alice")
        var bomb = Self.picture
        bomb.replaceSubrange(16..<24, with: Self.bigEndian(30_000) + Self.bigEndian(30_000))
        let cases: [([UInt8], MediaError)] = [
            (Array("just text, whatever the type says".utf8), .notThumbnailable), ([], .notThumbnailable),
            (Array(Self.picture.prefix(8)) + noise(100), .notThumbnailable), (Array("<svg xmlns='x'/>".utf8), .notThumbnailable),
            (Self.picture + noise(100_000), .pictureTooLarge),
        ]
        for (content, expected) in cases {
            let id = try await house.upload(content, by: alice)
            await #expect(throws: expected) { try await thumbnail(house, id, 32, 32, .crop) }
        }
        let id = try await house.upload(bomb, by: alice)
        await #expect(throws: MediaError.self) { try await thumbnail(house, id, 32, 32, .crop) }
        await #expect(throws: MediaError.notFound) { try await thumbnail(house, MediaID.random(), 32, 32) }
    }

    @Test("without the program there are none")
    func noProgram() async throws {
        #expect(ImageProgram(path: "/nowhere/conclave-image", maximumPixels: 1) == nil)
        let house = try MediaHouse()
        let id = try await house.upload(Self.picture, by: try await house.person("alice"))
        await #expect(throws: MediaError.notThumbnailable) { try await thumbnail(house, id, 32, 32) }
    }

    @Test("a program that hangs or chatters is ended")
    func hanging() async throws {
        for script in [
            "#!/bin/sh\nexec sleep 600\n", "#!/bin/sh\nexec yes\n", "#!/bin/sh\nkill -SEGV $$\n", "#!/bin/sh\nexit 0\n",
        ] {
            let path = FileManager.default.temporaryDirectory.path + "/program-\(UUID().uuidString)"
            try Data(script.utf8).write(to: URL(filePath: path))
            try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: path)
            let program = try #require(ImageProgram(path: path, maximumPixels: 1, deadline: .milliseconds(500)))
            let house = try MediaHouse(imageProgram: program)
            let id = try await house.upload(Self.picture, by: try await house.person("alice"))
            await #expect(throws: MediaError.notThumbnailable) { try await thumbnail(house, id, 32, 32) }
            try FileManager.default.removeItem(atPath: path)
        }
    }

    @Test("sizes are brought to few, and never become smaller")
    func sizes() throws {
        for (width, height, method) in [
            (1, 1, ThumbnailWish.Method.scale), (33, 33, .crop), (100, 50, .crop), (5000, 5000, .scale), (900, 10, .scale),
        ] {
            let wish = try ThumbnailWish(width: Int64(width), height: Int64(height), method: method, isMoving: false)
            #expect(wish.width >= width && wish.height >= height)
        }
        for (width, height) in [(0, 1), (-1, 5), (5, 0)] as [(Int64, Int64)] {
            #expect(throws: MatrixError.self) { try ThumbnailWish(width: width, height: height, method: .scale, isMoving: false) }
        }
    }
}
