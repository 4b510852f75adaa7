import CVips

/// A picture as a file.
struct Picture {
    /// The content type.
    let type: String
    /// The file.
    let bytes: [UInt8]
}

/// Makes one smaller picture of one picture.
struct Reducer {
    private let original: [UInt8]
    private let wish: Wish
    private let format: Format

    /// The formats that are decoded; no other decoder of the library is ever called.
    private enum Format: String, CaseIterable {
        case jpeg, png, gif, webp

        init?(_ bytes: [UInt8]) {
            if bytes.starts(with: [0xFF, 0xD8, 0xFF]) {
                self = .jpeg
            } else if bytes.starts(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) {
                self = .png
            } else if bytes.starts(with: "GIF87a".utf8) || bytes.starts(with: "GIF89a".utf8) {
                self = .gif
            } else if bytes.count > 12, bytes.starts(with: "RIFF".utf8), bytes[8..<12].elementsEqual("WEBP".utf8) {
                self = .webp
            } else {
                return nil
            }
        }

        var loader: String {
            switch self {
            case .jpeg: "VipsForeignLoadJpeg"
            case .png: "VipsForeignLoadPng"
            case .gif: "VipsForeignLoadNsgif"
            case .webp: "VipsForeignLoadWebp"
            }
        }
    }

    init(_ original: [UInt8], _ wish: Wish) throws(Refusal) {
        guard let format = Format(original) else { throw .notAPicture }
        vips_operation_block_set("VipsForeignLoad", 1)
        vips_operation_block_set(format.loader, 0)
        vips_cache_set_max(0)
        self.original = original
        self.wish = wish
        self.format = format
    }

    /// The smaller picture; the picture itself where it is no larger than the wish.
    func reduced() throws(Refusal) -> Picture {
        let header = try Header(original, pages: 1)
        let isMoving = wish.moves && header.pages > 1
        let frames = isMoving ? header.pages : 1
        let (pixels, isTooMany) = (header.width * header.height).multipliedReportingOverflow(by: frames)
        guard !isTooMany, pixels <= wish.maximumPixels else { throw .tooLarge }
        let size = try target(of: header)
        if size.isWhole, wish.moves || !moves(header) { return Picture(type: "image/\(format)", bytes: original) }
        let image = try isMoving ? moving(size, frames: frames) : reduce(size, pages: 1)
        defer { conclave_vips_close(image) }
        if isMoving { return try saved(image, "image/webp", conclave_vips_webp) }
        return vips_image_hasalpha(image) != 0 || format == .png || format == .gif
            ? try saved(image, "image/png", conclave_vips_png) : try saved(image, "image/jpeg", conclave_vips_jpeg)
    }

    /// Whether a program may show the picture as a moving one.
    private func moves(_ header: Header) -> Bool {
        guard format == .png else { return header.pages > 1 }
        // The library knows no moving PNG, browsers do: a chunk before the pixels makes one.
        var place = 8
        while place + 12 <= original.count {
            let type = original[place + 4..<place + 8]
            if type.elementsEqual("acTL".utf8) { return true }
            if type.elementsEqual("IDAT".utf8) { return false }
            place += 12 + original[place..<place + 4].reduce(0) { $0 << 8 | Int($1) }
        }
        return false
    }

    /// What is known of a picture before it is decoded, the way it is looked at.
    private struct Header {
        let width, height, pages: Int

        init(_ bytes: [UInt8], pages: Int32) throws(Refusal) {
            let image = bytes.withUnsafeBytes { conclave_vips_open($0.baseAddress, $0.count, pages) }
            guard let image else { throw .notAPicture }
            defer { conclave_vips_close(image) }
            // Orientations from 5 on lie on their side.
            let isTurned = vips_image_get_orientation(image) >= 5
            let (width, height) = (Int(vips_image_get_width(image)), Int(vips_image_get_page_height(image)))
            (self.width, self.height) = isTurned ? (height, width) : (width, height)
            self.pages = max(1, Int(vips_image_get_n_pages(image)))
            guard (1...65_535).contains(width), (1...65_535).contains(height) else { throw .tooLarge }
        }
    }

    /// The size of the result.
    private struct Size {
        /// What the picture is reduced to, in its own proportions.
        let width, height: Int
        /// What is cut out of the middle of that.
        let cut: (width: Int, height: Int)?
        /// Whether nothing is to be done.
        let isWhole: Bool
    }

    /// Both sides are at least as long as wished, and one is just as long. Never larger than the picture.
    private func target(of header: Header) throws(Refusal) -> Size {
        let (width, height) = (header.width, header.height)
        let isSmall = width <= wish.width && height <= wish.height
        // As fractions of whole numbers: which side decides?
        let byWidth = wish.width * height >= wish.height * width
        let reduced =
            byWidth
            ? (width: wish.width, height: (height * wish.width + width - 1) / width)
            : (width: (width * wish.height + height - 1) / height, height: wish.height)
        guard wish.crops else {
            let isWhole = reduced.width >= width || reduced.height >= height
            return isWhole
                ? Size(width: width, height: height, cut: nil, isWhole: true)
                : Size(width: reduced.width, height: reduced.height, cut: nil, isWhole: false)
        }
        if isSmall { return Size(width: width, height: height, cut: nil, isWhole: true) }
        if reduced.width <= width, reduced.height <= height {
            return Size(width: reduced.width, height: reduced.height, cut: (wish.width, wish.height), isWhole: false)
        }
        // One side is shorter than wished: the largest part of the picture that has the proportions of the wish.
        let cut =
            byWidth
            ? (width: width, height: max(1, wish.height * width / wish.width))
            : (width: max(1, wish.width * height / wish.height), height: height)
        return Size(width: width, height: height, cut: cut, isWhole: false)
    }

    private func reduce(_ size: Size, pages: Int32) throws(Refusal) -> UnsafeMutablePointer<VipsImage> {
        var image: UnsafeMutablePointer<VipsImage>?
        let box = size.cut ?? (size.width, size.height)
        let status = original.withUnsafeBytes {
            conclave_vips_reduce(
                $0.baseAddress, $0.count, pages, &image, Int32(box.width), Int32(box.height), size.cut == nil ? 0 : 1)
        }
        guard status == 0, let image else { throw .notAPicture }
        return image
    }

    /// All frames, one below the other, each cut by itself.
    private func moving(_ size: Size, frames: Int) throws(Refusal) -> UnsafeMutablePointer<VipsImage> {
        let whole = try reduce(Size(width: size.width, height: size.height, cut: nil, isWhole: false), pages: -1)
        guard let cut = size.cut else { return whole }
        defer { conclave_vips_close(whole) }
        let (width, height) = (Int(vips_image_get_width(whole)), Int(vips_image_get_page_height(whole)))
        let (cutWidth, cutHeight) = (min(cut.width, width), min(cut.height, height))
        var parts: [UnsafeMutablePointer<VipsImage>?] = []
        defer { for part in parts { if let part { conclave_vips_close(part) } } }
        for frame in 0..<frames {
            var part: UnsafeMutablePointer<VipsImage>?
            let top = frame * height + (height - cutHeight) / 2
            let status = conclave_vips_area(
                whole, &part, Int32((width - cutWidth) / 2), Int32(top), Int32(cutWidth), Int32(cutHeight))
            guard status == 0, part != nil else { throw .notAPicture }
            parts.append(part)
        }
        var joined: UnsafeMutablePointer<VipsImage>?
        guard conclave_vips_stack(&parts, &joined, Int32(parts.count)) == 0, let joined else { throw .failed }
        vips_image_set_int(joined, "page-height", Int32(cutHeight))
        return joined
    }

    private func saved(
        _ image: UnsafeMutablePointer<VipsImage>, _ type: String,
        _ save: (UnsafeMutablePointer<VipsImage>?, UnsafeMutablePointer<UnsafeMutableRawPointer?>?, UnsafeMutablePointer<Int>?) ->
            Int32
    ) throws(Refusal) -> Picture {
        var bytes: UnsafeMutableRawPointer?
        var count = 0
        // Pixels are decoded here, so a broken picture shows here.
        guard save(image, &bytes, &count) == 0, let bytes else { throw .notAPicture }
        defer { g_free(bytes) }
        return Picture(type: type, bytes: Array(UnsafeRawBufferPointer(start: bytes, count: count)))
    }
}
