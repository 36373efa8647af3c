internal import CPNG
public import Diagnostics
internal import Glibc

/// Writes pictures as PNG files.
public enum PNGEncoder {
    /// Returns `picture` as a PNG file of 8-bit RGB, with a text chunk for each entry of `text`, in order: tEXt for ASCII, iTXt
    /// for other text. The same arguments give the same bytes, with the same version of libpng and zlib: there is no time stamp.
    ///
    /// Throws a `Problem` for a key that is not 1 to 79 printable ASCII characters without a space at either end, for a value
    /// with a zero character, and for what libpng reports.
    ///
    /// - Parameter density: at how many pixels a metre the picture is to be printed; nil for nothing said.
    public static func encode(
        _ picture: Picture, text: [(key: String, value: String)] = [], density: Int? = nil
    ) throws(Problem) -> [UInt8] {
        try encode(picture.pixels, channels: 3, width: picture.width, height: picture.height, text: text, density: density)
    }

    /// The same with opacity: 8-bit RGBA.
    public static func encode(_ picture: TranslucentPicture, text: [(key: String, value: String)] = []) throws(Problem) -> [UInt8] {
        try encode(picture.interleaved, channels: 4, width: picture.colours.width, height: picture.colours.height, text: text)
    }

    private static func encode(
        _ values: [UInt8], channels: Int32, width: Int, height: Int, text: [(key: String, value: String)], density: Int? = nil
    ) throws(Problem) -> [UInt8] {
        for (key, value) in text {
            let printable = key.utf8.allSatisfy { (0x20...0x7E).contains($0) }
            guard (1...79).contains(key.utf8.count), printable, key.first != " ", key.last != " ", !key.contains("  ") else {
                throw Problem(
                    "\"\(key)\" cannot be the key of a PNG text",
                    explanation: "keys are 1 to 79 printable ASCII characters, words set apart by single spaces")
            }
            guard !value.utf8.contains(0) else {
                throw Problem("the PNG text \"\(key)\" contains a zero character", explanation: "text ends at a zero character")
            }
        }
        var sink = vitrine_png_sink()
        defer { free(sink.bytes) }
        var message = [CChar](repeating: 0, count: Int(VITRINE_PNG_MESSAGE))
        let strings = text.map { (key: strdup($0.key), value: strdup($0.value), utf8: !$0.value.utf8.allSatisfy { $0 < 0x80 }) }
        defer {
            for string in strings {
                free(string.key)
                free(string.value)
            }
        }
        let chunks = strings.map { vitrine_png_text(key: $0.key, value: $0.value, utf8: $0.utf8 ? 1 : 0) }
        let succeeded = values.withUnsafeBufferPointer { pixels in
            vitrine_png_write(
                pixels.baseAddress, channels, UInt32(width), UInt32(height), UInt32(clamping: density ?? 0), chunks, Int32(chunks.count),
                &sink, &message) == 1
        }
        guard succeeded else {
            throw Problem("a picture of \(width) x \(height) cannot be written as PNG", explanation: "libpng says: \(message.text)")
        }
        return Array(UnsafeBufferPointer(start: sink.bytes, count: sink.count))
    }
}
