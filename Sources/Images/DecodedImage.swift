internal import Diagnostics

/// What a decoder makes of a file: the picture as it is stored, and what the file says about it besides.
struct DecodedImage {
    var picture: Picture
    /// How the stored picture is to be turned.
    var orientation: Orientation
    /// Of grey values beyond 8 bits; nil for other pictures.
    var deepGrey: DeepGrey?
    /// Whether Pillow turns the picture by itself, as it does TIFF files.
    var isTurnedAnyway = false

    var upright: Picture { picture.upright(from: orientation) }
}

/// One file of a kind that is read.
protocol ImageFormat: SendableMetatype {
    /// `name` stands for the file in a thrown `Problem`.
    init(bytes: UnsafeRawBufferPointer, name: String)

    /// As people call it.
    static var kind: String { get }
    /// How names of such files end.
    static var endings: Set<String> { get }

    /// Whether `bytes`, a whole file or its first 16, begin as this kind does.
    static func recognises(_ bytes: UnsafeRawBufferPointer) -> Bool

    func image(_ decoding: ImageDecoding) throws(Problem) -> DecodedImage
}
