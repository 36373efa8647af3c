internal import CTIFF

/// How samples of a TIFF file become red, green and blue, as Pillow takes them: opacity is left out after colours that it
/// was multiplied into are restored; of 16 bits of a colour the high byte counts; floating-point grey is cut off below 0 and
/// above 255.
struct TIFFColours {
    private enum Kind {
        /// Of 1, 2, 4 or 8 bits each; `white` is 0 where black is the greatest value.
        case grey(bits: Int, blackIsGreatest: Bool)
        case unsigned16, signed16, unsigned32, signed32, packed12, float32
        case palette(bits: Int, Palette)
        case colours(bytes: Int)
        case inks(bytes: Int)
    }

    private let kind: Kind
    private let samples: Int
    /// Whether colours are multiplied by the opacity that follows them.
    private let isMultiplied: Bool
    private(set) var deepGrey: DeepGrey?

    /// Nil for a kind that is not read.
    init?(_ described: vitrine_tiff_description, greyBits: Int?) {
        let bits = Int(described.bits)
        samples = Int(described.samples)
        let colourCount: Int
        let format = Int32(described.format)
        switch (Int32(described.photometric), format, bits) {
        case (PHOTOMETRIC_MINISWHITE, SAMPLEFORMAT_UINT, 1), (PHOTOMETRIC_MINISBLACK, SAMPLEFORMAT_UINT, 1),
            (PHOTOMETRIC_MINISWHITE, SAMPLEFORMAT_UINT, 2), (PHOTOMETRIC_MINISBLACK, SAMPLEFORMAT_UINT, 2),
            (PHOTOMETRIC_MINISWHITE, SAMPLEFORMAT_UINT, 4), (PHOTOMETRIC_MINISBLACK, SAMPLEFORMAT_UINT, 4),
            (PHOTOMETRIC_MINISWHITE, SAMPLEFORMAT_UINT, 8), (PHOTOMETRIC_MINISBLACK, SAMPLEFORMAT_UINT, 8),
            (PHOTOMETRIC_MINISBLACK, SAMPLEFORMAT_INT, 8):
            (kind, colourCount) = (.grey(bits: bits, blackIsGreatest: described.photometric == PHOTOMETRIC_MINISWHITE), 1)
        case (PHOTOMETRIC_MINISBLACK, SAMPLEFORMAT_UINT, 12):
            (kind, colourCount) = (.packed12, 1)
            deepGrey = DeepGrey(storage: "12 bits", bits: greyBits ?? 12)
        case (PHOTOMETRIC_MINISWHITE, SAMPLEFORMAT_UINT, 16), (PHOTOMETRIC_MINISBLACK, SAMPLEFORMAT_UINT, 16):
            // Pillow does not turn 16 bits round where black is the greatest value.
            (kind, colourCount) = (.unsigned16, 1)
            deepGrey = DeepGrey(storage: "16 bits", bits: greyBits ?? 16)
        case (PHOTOMETRIC_MINISBLACK, SAMPLEFORMAT_INT, 16):
            (kind, colourCount) = (.signed16, 1)
            deepGrey = DeepGrey(storage: "16 bits with a sign", bits: greyBits ?? 15)
        case (PHOTOMETRIC_MINISBLACK, SAMPLEFORMAT_UINT, 32), (PHOTOMETRIC_MINISBLACK, SAMPLEFORMAT_INT, 32):
            // Nobody uses 32 bits to their end: values above 255 are white, as in Pillow.
            (kind, colourCount) = (format == SAMPLEFORMAT_INT ? .signed32 : .unsigned32, 1)
            deepGrey = DeepGrey(storage: "32 bits", bits: greyBits ?? 8)
        case (PHOTOMETRIC_MINISWHITE, SAMPLEFORMAT_IEEEFP, 32), (PHOTOMETRIC_MINISBLACK, SAMPLEFORMAT_IEEEFP, 32):
            (kind, colourCount) = (.float32, 1)
            deepGrey = DeepGrey(storage: "32 bits in floating point", bits: greyBits ?? 8)
        case (PHOTOMETRIC_PALETTE, SAMPLEFORMAT_UINT, 1), (PHOTOMETRIC_PALETTE, SAMPLEFORMAT_UINT, 2),
            (PHOTOMETRIC_PALETTE, SAMPLEFORMAT_UINT, 4), (PHOTOMETRIC_PALETTE, SAMPLEFORMAT_UINT, 8):
            guard let red = described.red, let green = described.green, let blue = described.blue else { return nil }
            var palette = Palette()
            for index in 0..<(1 << bits) {
                palette[index] = RGB(UInt8(red[index] >> 8), UInt8(green[index] >> 8), UInt8(blue[index] >> 8))
            }
            (kind, colourCount) = (.palette(bits: bits, palette), 1)
        case (PHOTOMETRIC_RGB, SAMPLEFORMAT_UINT, 8), (PHOTOMETRIC_RGB, SAMPLEFORMAT_UINT, 16):
            (kind, colourCount) = (.colours(bytes: bits / 8), 3)
        case (PHOTOMETRIC_SEPARATED, SAMPLEFORMAT_UINT, 8), (PHOTOMETRIC_SEPARATED, SAMPLEFORMAT_UINT, 16):
            (kind, colourCount) = (.inks(bytes: bits / 8), 4)
        default:
            return nil
        }
        // What follows the colours is opacity, or is left out; only whole bytes are taken apart.
        guard samples >= colourCount, samples <= 6, samples == colourCount || bits == 8 || colourCount > 1 && bits == 16 else { return nil }
        isMultiplied = samples > colourCount && described.extra_count > 0 && described.first_extra == EXTRASAMPLE_ASSOCALPHA
    }

    /// What the file holds, for a message.
    static func words(for described: vitrine_tiff_description) -> String {
        "\(described.samples) samples of \(described.bits) bits, sample format \(described.format), photometric interpretation \(described.photometric)"
    }

    /// Writes the colours of the `count` pixels of `row` to `out`, three bytes each.
    mutating func convert(_ row: UnsafeRawBufferPointer, count: Int, to out: UnsafeMutablePointer<UInt8>) {
        switch kind {
        case .grey(let bits, let blackIsGreatest):
            let scale = 255 / (1 << bits - 1), turned: UInt8 = blackIsGreatest ? 255 : 0
            for x in 0..<count {
                let value = bits == 8 ? row[samples * x] : UInt8(Int(row.sample(x, of: bits, at: 0)) * scale)
                let shade = (isMultiplied ? restored(value, by: row[samples * x + 1]) : value) ^ turned
                for channel in 0..<3 { out[3 * x + channel] = shade }
            }
        case .palette(let bits, let palette):
            for x in 0..<count {
                let colour = palette[Int(bits == 8 ? row[samples * x] : row.sample(x, of: bits, at: 0))]
                (out[3 * x], out[3 * x + 1], out[3 * x + 2]) = (colour.red, colour.green, colour.blue)
            }
        case .colours(let bytes):
            for x in 0..<count {
                for channel in 0..<3 {
                    let value = high(row, samples * x + channel, bytes)
                    out[3 * x + channel] = isMultiplied ? restored(value, by: high(row, samples * x + 3, bytes)) : value
                }
            }
        case .inks(let bytes):
            for x in 0..<count {
                let light = 255 - Int(high(row, samples * x + 3, bytes))
                for channel in 0..<3 {
                    out[3 * x + channel] = JPEGDecoder.colour(ink: Int(high(row, samples * x + channel, bytes)), light: light)
                }
            }
        case .unsigned16: shades(row, count, out) { Int(row.loadUnaligned(fromByteOffset: 2 * $0, as: UInt16.self)) }
        case .signed16: shades(row, count, out) { Int(row.loadUnaligned(fromByteOffset: 2 * $0, as: Int16.self)) }
        // Pillow reads them as with a sign.
        case .unsigned32, .signed32: shades(row, count, out) { Int(row.loadUnaligned(fromByteOffset: 4 * $0, as: Int32.self)) }
        case .packed12:
            shades(row, count, out) { x in
                let pair = x / 2 * 3
                return x % 2 == 0
                    ? Int(row[pair]) << 4 | Int(row[pair + 1]) >> 4 : Int(row[pair + 1] & 15) << 8 | Int(row[pair + 2])
            }
        case .float32:
            shades(row, count, out) { x in
                let value = row.loadUnaligned(fromByteOffset: 4 * x, as: Float.self)
                return value > 0 ? Int(min(value, 65535)) : 0
            }
        }
    }

    private mutating func shades(
        _ row: UnsafeRawBufferPointer, _ count: Int, _ out: UnsafeMutablePointer<UInt8>, _ value: (Int) -> Int
    ) {
        for x in 0..<count {
            let shade = deepGrey?.shade(value(x)) ?? 0
            for channel in 0..<3 { out[3 * x + channel] = shade }
        }
    }

    /// The high byte of the sample at `index`, in this machine's order of bytes, as libtiff gives it.
    private func high(_ row: UnsafeRawBufferPointer, _ index: Int, _ bytes: Int) -> UInt8 {
        bytes == 1 ? row[index] : UInt8(row.loadUnaligned(fromByteOffset: 2 * index, as: UInt16.self) >> 8)
    }

    /// A colour of which `opacity` parts of 255 were stored.
    private func restored(_ value: UInt8, by opacity: UInt8) -> UInt8 {
        opacity == 0 ? 0 : UInt8(min(255, Int(value) * 255 / Int(opacity)))
    }
}
