import ArgumentParser
import Diagnostics
import Images

/// How image files become pictures, where that is open to choice.
struct DecodingOptions: ParsableArguments {
    @Option(
        help: """
            Pictures with a note how to turn them (EXIF): upright, or ignored, which leaves them as stored, as torchvision's ImageFolder does.
            """)
    var orientation = ImageDecoding.Orientation.upright
    @Option(
        parsing: .unconditional,
        help: """
            Bits that grey files of 16 bits use, from 8 to 16: larger values are white. 8 cuts off at 255, as Pillow does. By default as \
            many as they have.
            """)
    var greyBits: Int?

    /// Throws a usage `Problem` for a number of bits that makes no sense.
    func decoding() throws -> ImageDecoding {
        guard greyBits.map({ (8...16).contains($0) }) ?? true else {
            throw Problem("--grey-bits takes a number from 8 to 16", kind: .usage)
        }
        return ImageDecoding(orientation: orientation, greyBits: greyBits)
    }
}

extension ImageDecoding.Orientation: ExpressibleByArgument {}
