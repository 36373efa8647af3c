/// A real image that a prototype is matched to, or a window of it.
public struct Reference: Codable, Sendable, Hashable {
    /// Index into `ImageIndex.images`, which is the image's number in the listing.
    public var image: Int
    /// The part used: top, left, bottom, right (the last two exclusive), in pixels of the network's input. It is resized to the
    /// input's size. Nil: the whole picture.
    public var window: [Int]?
    /// What it was chosen by: the mean over positions of the target's activation in the window, or the largest activation, or
    /// the logit; nil where it was drawn.
    public var score: Float?

    public init(image: Int, window: [Int]? = nil, score: Float? = nil) {
        self.image = image
        self.window = window
        self.score = score
    }
}
