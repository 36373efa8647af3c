public import Diagnostics

/// Reads image files as 8-bit RGB pictures, told apart by their first bytes.
///
/// The pixels are those of Pillow's `ImageOps.exif_transpose(Image.open(file)).convert("RGB")`, the way data sets are read in
/// Python, to within one step: alpha is dropped, not blended; gamma and colour profiles are ignored; of 16 bits the high
/// byte is kept (for 16-bit grey Pillow clips at 255 instead, which leaves most such pictures white). `ImageDecoding` says
/// what can be had otherwise.
///
/// Files are not trusted: sizes are checked before memory is taken, and whatever is wrong becomes a `Problem` that names the
/// file. Memory stays below about 14 bytes for each declared pixel.
public enum ImageDecoder {
    /// The largest number of pixels read, about 179 million: where Pillow refuses too (twice its warning level, 1 GiB / 4 / 3).
    public static let largestPixelCount = 178_956_970

    /// The longest side read, in pixels: the most that a JPEG can say.
    public static let longestSide = 65_535

    private static let formats: [any ImageFormat.Type] = [
        PNGDecoder.self, JPEGDecoder.self, WebPDecoder.self, TIFFDecoder.self, BMPDecoder.self, GIFDecoder.self, PNMDecoder.self,
    ]

    /// How names of images end.
    static let endings = formats.reduce(into: Set<String>()) { $0.formUnion($1.endings) }

    /// Returns the picture that the file at `path` holds. Throws a `Problem` for a file that cannot be read or decoded.
    public static func picture(at path: String, _ decoding: ImageDecoding = ImageDecoding()) throws(Problem) -> Picture {
        try decode(FileBytes.regular(path), name: path, decoding)
    }

    /// Returns the picture that `bytes`, a whole file, hold; `name` stands for the file in a thrown `Problem`.
    public static func decode(_ bytes: [UInt8], name: String, _ decoding: ImageDecoding = ImageDecoding()) throws(Problem) -> Picture {
        try image(bytes, name: name, decoding).upright
    }

    /// Returns what `bytes` hold; a note how to turn the picture is left out where it is to be ignored.
    static func image(_ bytes: [UInt8], name: String, _ decoding: ImageDecoding) throws(Problem) -> DecodedImage {
        try bytes.withUnsafeBufferPointer { buffer throws(Problem) in
            let bytes = UnsafeRawBufferPointer(buffer)
            guard let format = formats.first(where: { $0.recognises(bytes) }) else { throw unknown(bytes, name: name) }
            try checkName(format, name)
            var image = try format.init(bytes: bytes, name: name).image(decoding)
            if decoding.orientation == .ignored, !image.isTurnedAnyway { image.orientation = .upright }
            return image
        }
    }

    /// Whether `bytes`, at least the first 16 of a file, begin as an image that is read.
    static func recognises(_ bytes: UnsafeRawBufferPointer) -> Bool {
        formats.contains { $0.recognises(bytes) }
    }

    /// Throws a `Problem` when the name says another kind than the bytes: then a conversion or a download went wrong, and what the
    /// picture shows is not sure. PNG and JPEG, for which this is common (ImageNet has some), are read under any name.
    private static func checkName(_ format: any ImageFormat.Type, _ name: String) throws(Problem) {
        guard format != PNGDecoder.self, format != JPEGDecoder.self, let ending = ImageFolder.ending(of: name), endings.contains(ending),
            !format.endings.contains(ending)
        else { return }
        throw Problem(
            "\(name) is a \(format.kind) file, though its name ends in .\(ending)",
            remedy: "rename it if the picture is right, or take it out of the data set")
    }

    private static func unknown(_ bytes: UnsafeRawBufferPointer, name: String) -> Problem {
        // ISO base media: a size, "ftyp", and a brand.
        let brands = ["heic": "HEIC", "heix": "HEIC", "mif1": "HEIF", "avif": "AVIF", "avis": "AVIF"]
        let brand = bytes.count >= 12 && bytes[4..<8].elementsEqual("ftyp".utf8) ? brands[String(decoding: bytes[8..<12], as: UTF8.self)] : nil
        return Problem(
            bytes.isEmpty ? "\(name) is empty" : "\(name) is \(brand.map { "of the kind \($0)" } ?? "no image of a kind that is read")",
            explanation: "\(formats.map { $0.kind }.joined(separator: ", ")) are read; the first bytes of a file tell its kind, whatever its name",
            remedy: "convert it to PNG or JPEG, or take it out of the data set")
    }

    /// Throws a `Problem` when a declared size is beyond the limits or beyond what so many bytes can hold.
    static func check(width: Int, height: Int, mostPixelsPerByte: Int, byteCount: Int, name: String) throws(Problem) {
        guard width > 0, height > 0 else {
            throw damaged(name, "it declares a size of \(width) x \(height) pixels")
        }
        guard width <= longestSide, height <= longestSide, width * height <= largestPixelCount else {
            throw Problem(
                "\(name) declares \(width) x \(height) pixels, more than are read",
                explanation: "the limits are \(longestSide) pixels a side and \(largestPixelCount) in all",
                remedy: "make the picture smaller, or take it out of the data set")
        }
        // A small picture costs nothing, whatever its bytes; a large one must have the bytes to show for it.
        let pixels = width * height
        guard pixels <= 1 << 20 || pixels / mostPixelsPerByte <= byteCount else {
            throw damaged(name, "it declares \(width) x \(height) pixels, which cannot fit in \(byteCount) bytes")
        }
    }

    /// The `Problem` of a file whose contents are not as its format demands; `reason` is a clause.
    static func damaged(_ name: String, _ reason: String) -> Problem {
        Problem(
            "\(name) is damaged or cut short",
            explanation: reason,
            remedy: "fetch or export it again, or take it out of the data set")
    }
}
