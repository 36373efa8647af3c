/// What is open to choice when a file becomes a picture.
public struct ImageDecoding: Sendable, Equatable, Codable {
    /// What to do with a note in the file (EXIF, XMP) that says how the stored picture is to be turned.
    public enum Orientation: String, Sendable, Codable, CaseIterable {
        /// Pictures are set upright.
        case upright
        /// The note is not read, as by torchvision's `ImageFolder`. TIFF files are set upright all the same: Pillow does.
        case ignored
    }

    public var orientation: Orientation
    /// How many bits of a grey value are used, where a file has more than 8: from 8 to 16, larger values are white. With 8
    /// a value above 255 is white, as in Pillow. Nil for as many as the file's values have.
    public var greyBits: Int?

    public init(orientation: Orientation = .upright, greyBits: Int? = nil) {
        precondition(greyBits.map { (8...16).contains($0) } ?? true, "\(greyBits ?? 0) bits of a grey value")
        self.orientation = orientation
        self.greyBits = greyBits
    }

    /// For a fingerprint of images: what was chosen, nothing where that is the default.
    public var identity: String {
        self == ImageDecoding() ? "" : "orientation \(orientation.rawValue), grey bits \(greyBits.map(String.init) ?? "all")"
    }
}
