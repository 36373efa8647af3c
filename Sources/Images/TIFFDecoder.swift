internal import CTIFF
internal import Diagnostics

/// The first picture of one TIFF file (TIFF 6.0, Adobe 1992, with its supplements), with libtiff: strips and tiles, whatever
/// compression libtiff was built with. `TIFFColours` says which kinds of samples are read.
struct TIFFDecoder: ImageFormat {
    static let kind = "TIFF"
    static let endings: Set<String> = ["tif", "tiff"]

    let bytes: UnsafeRawBufferPointer
    let name: String

    /// The most memory that libtiff may take for one piece, in bytes.
    private static let largestBlock = 1 << 30

    static func recognises(_ bytes: UnsafeRawBufferPointer) -> Bool {
        // Classic and BigTIFF, in either order of bytes.
        ["II*\0", "MM\0*", "II+\0", "MM\0+"].contains { bytes.starts(with: $0.utf8) }
    }

    func image(_ decoding: ImageDecoding) throws(Problem) -> DecodedImage {
        var source = vitrine_tiff_source()
        source.bytes = bytes.baseAddress?.assumingMemoryBound(to: UInt8.self)
        source.count = UInt64(bytes.count)
        return try withUnsafeMutablePointer(to: &source) { source throws(Problem) in
            let file = File(source: source, tiff: vitrine_tiff_open(source, tmsize_t(Self.largestBlock)), name: name)
            guard let tiff = file.tiff else { throw file.damage }
            defer { TIFFClose(tiff) }
            return try image(of: file, tiff, decoding)
        }
    }

    /// An open file and where its messages go.
    private struct File {
        let source: UnsafeMutablePointer<vitrine_tiff_source>
        let tiff: OpaquePointer?
        let name: String

        var damage: Problem {
            let message = withUnsafeBytes(of: &source.pointee.message) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
            return ImageDecoder.damaged(name, message.isEmpty ? "libtiff cannot read it" : "libtiff says: \(message)")
        }
    }

    private func image(of file: File, _ tiff: OpaquePointer, _ decoding: ImageDecoding) throws(Problem) -> DecodedImage {
        var described = vitrine_tiff_description()
        guard vitrine_tiff_describe(tiff, &described) == 1 else { throw ImageDecoder.damaged(name, "it declares no size") }
        let (width, height) = (Int(described.width), Int(described.height))
        // A bit of a fax can stand for a whole row.
        try ImageDecoder.check(width: width, height: height, mostPixelsPerByte: 8 * width, byteCount: bytes.count, name: name)
        guard described.block_width > 0, described.block_height > 0, described.block_bytes > 0,
            described.block_bytes <= UInt64(Self.largestBlock)
        else {
            throw ImageDecoder.damaged(name, "it is cut into pieces of \(described.block_width) x \(described.block_height) pixels")
        }
        // A number that means nothing is no note, as in Pillow.
        let orientation = Orientation(rawValue: Int(described.orientation)) ?? .upright

        if described.photometric == PHOTOMETRIC_YCBCR {
            let pixels = try convertedByLibrary(file, tiff, width: width, height: height, orientation: described.orientation)
            return DecodedImage(picture: Picture(width: width, height: height, pixels: pixels), orientation: orientation, isTurnedAnyway: true)
        }
        guard var colours = TIFFColours(described, greyBits: decoding.greyBits) else {
            throw Problem(
                "\(name) is a TIFF file of a kind that is not read: \(TIFFColours.words(for: described))",
                explanation: "grey of 1 to 32 bits, palettes, red, green and blue or four inks of 8 or 16 bits are read",
                remedy: "convert it to PNG or to an ordinary TIFF, or take it out of the data set")
        }
        var failed = false
        let pixels = [UInt8](unsafeUninitializedCapacity: 3 * width * height) { buffer, count in
            guard let out = buffer.baseAddress else { return }
            failed = !read(tiff, described) { row, x, y, pixelCount in
                colours.convert(row, count: pixelCount, to: out + 3 * (y * width + x))
            }
            count = failed ? 0 : buffer.count
        }
        guard !failed else { throw file.damage }
        return DecodedImage(
            picture: Picture(width: width, height: height, pixels: pixels), orientation: orientation, deepGrey: colours.deepGrey,
            isTurnedAnyway: true)
    }

    /// Hands each row of each tile or strip to `body`: its samples, the x and y of its first pixel, and its number of pixels.
    /// Returns false when something cannot be read.
    private func read(
        _ tiff: OpaquePointer, _ described: vitrine_tiff_description, _ body: (UnsafeRawBufferPointer, Int, Int, Int) -> Void
    ) -> Bool {
        let (width, height) = (Int(described.width), Int(described.height))
        let (blockWidth, blockHeight) = (Int(described.block_width), Int(described.block_height))
        let size = Int(described.block_bytes)
        let planes = described.planar == PLANARCONFIG_SEPARATE ? Int(described.samples) : 1
        let sampleBytes = Int(described.bits) / 8
        guard planes == 1 || sampleBytes > 0 else { return false }
        let stride = size / blockHeight
        let block = UnsafeMutableRawBufferPointer.allocate(byteCount: size, alignment: 16)
        defer { block.deallocate() }
        // Planes are put side by side first, as the others come.
        let gathered = UnsafeMutableRawBufferPointer.allocate(byteCount: planes > 1 ? size * planes : 0, alignment: 16)
        defer { gathered.deallocate() }

        for y in Swift.stride(from: 0, to: height, by: blockHeight) {
            for x in Swift.stride(from: 0, to: width, by: blockWidth) {
                let rows = min(blockHeight, height - y)
                for plane in 0..<planes {
                    let got = vitrine_tiff_read_block(
                        tiff, described.tiled, UInt32(x), UInt32(y), UInt16(plane), block.baseAddress, tmsize_t(size))
                    guard got >= stride * rows else { return false }
                    guard planes > 1 else { break }
                    for index in 0..<(stride * rows / sampleBytes) {
                        let from = UnsafeRawBufferPointer(rebasing: block[(index * sampleBytes)..<((index + 1) * sampleBytes)])
                        let place = (index * planes + plane) * sampleBytes
                        UnsafeMutableRawBufferPointer(rebasing: gathered[place..<(place + sampleBytes)]).copyMemory(from: from)
                    }
                }
                let whole = UnsafeRawBufferPointer(planes > 1 ? gathered : block)
                for row in 0..<rows {
                    let start = row * stride * planes
                    body(UnsafeRawBufferPointer(rebasing: whole[start..<(start + stride * planes)]), x, y + row, min(blockWidth, width - x))
                }
            }
        }
        return true
    }

    /// Returns the pixels as libtiff itself converts them, as they are stored: luminance and colour differences, however sampled.
    private func convertedByLibrary(
        _ file: File, _ tiff: OpaquePointer, width: Int, height: Int, orientation: UInt16
    ) throws(Problem) -> [UInt8] {
        var raster = [UInt32](repeating: 0, count: width * height)
        guard TIFFReadRGBAImageOriented(tiff, UInt32(width), UInt32(height), &raster, Int32(orientation), 1) == 1 else { throw file.damage }
        return [UInt8](unsafeUninitializedCapacity: 3 * raster.count) { buffer, count in
            for (index, pixel) in raster.enumerated() {
                for channel in 0..<3 { buffer[3 * index + channel] = UInt8(truncatingIfNeeded: pixel >> UInt32(8 * channel)) }
            }
            count = buffer.count
        }
    }
}
