public import Run

/// What was found out about one picture, with the files that show it.
public struct ExplainedPicture: Sendable {
    public var explanation: Explanation
    /// The picture as the network sees it, as a file that ends in `format`: `png` or `jpg`.
    public var picture: [UInt8]
    public var format: String
    /// Where the relevance lies, as a PNG file to lie over the picture; nil where none flowed.
    public var relevance: [UInt8]?
    /// Units' maps as PNG files, by the path that `Explanation.Finding.map` names.
    public var maps: [String: [UInt8]]
}
