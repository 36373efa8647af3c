public import Dataset

/// A picture to be explained.
public struct PictureSource: Sendable {
    /// As people are told of it.
    public var path: String
    public var images: RealImages
    /// In the listing of `images`.
    public var number: Int

    public init(path: String, images: RealImages, number: Int) {
        self.path = path
        self.images = images
        self.number = number
    }
}
