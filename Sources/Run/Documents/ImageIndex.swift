/// The images that the run mentions: strongest images of units and references of prototypes (`images.json`).
/// Images that nothing mentions are not in it.
public struct ImageIndex: Document {
    public static let formatVersion = 1

    /// Keyed by the image's number in the sorted listing of all images.
    public var images: [Int: Image]

    public init(images: [Int: Image]) { self.images = images }

    public struct Image: Codable, Sendable, Equatable {
        /// Relative to the image folder.
        public var path: String
        /// Index of the class the image belongs to, if known.
        public var label: Int?
        /// Index of the class the network chose, if it was run to its end.
        public var predicted: Int?
        /// Path of the picture as the network sees it (resized, cropped), relative to the run folder; nil for images that are
        /// only listed.
        public var picture: String?
        /// SHA-256 of the image's file, in hexadecimal: by it whoever has the data set knows the image. Nil where it was not taken.
        public var sha256: String?

        public init(path: String, label: Int?, predicted: Int?, picture: String?, sha256: String? = nil) {
            self.path = path
            self.label = label
            self.predicted = predicted
            self.picture = picture
            self.sha256 = sha256
        }
    }
}
