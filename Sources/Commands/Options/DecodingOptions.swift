public import ArgumentParser
import Images

/// How image files become pictures, where that is open to choice.
struct DecodingOptions: ParsableArguments {
    @Option(
        help: """
            What to do with EXIF orientation: upright applies it; ignored leaves images as stored, as torchvision's ImageFolder does.
            """)
    var orientation = ImageDecoding.Orientation.upright
    @Option(
        parsing: .unconditional,
        help: """
            Bits that grey files of 16 bits use, from 8 to 16: larger values are white. 8 cuts off at 255, as Pillow does. By default as \
            many as they have.
            """)
    var greyBits: Int?

    /// As a run records them: nil for what is as it is by default.
    var recorded: (orientation: String?, greyBits: Int?) { (orientation == .upright ? nil : orientation.rawValue, greyBits) }

    /// The first of these options that says something else than by default.
    var given: String? { orientation != .upright ? "--orientation" : greyBits != nil ? "--grey-bits" : nil }

    /// Throws a usage `Problem` for a number of bits that makes no sense.
    func decoding() throws -> ImageDecoding {
        try require(greyBits, "--grey-bits", in: 8...16)
        return ImageDecoding(orientation: orientation, greyBits: greyBits)
    }
}

extension ImageDecoding.Orientation: ExpressibleByArgument {}
