/// What a figure for a paper is of, and how wide it is. A figure can be made again from its request.
public struct FigureRequest: Codable, Sendable, Equatable {
    public var kind: Kind
    /// The run folder.
    public var run: String
    /// As in `TemplateLayer.layer`; nil for the first that has what the figure shows.
    public var layer: String?
    /// The image's number or path, for template maps; nil for the first.
    public var image: String?
    /// In inches.
    public var width: Double
    /// True for a figure that spans both columns of a page.
    public var spansColumns: Bool
    /// True when nothing may tell whose work it is: names of files, folders and titles stay out.
    public var isAnonymous: Bool

    public init(
        kind: Kind, run: String, layer: String? = nil, image: String? = nil, width: Double, spansColumns: Bool = false,
        isAnonymous: Bool = false
    ) {
        self.kind = kind
        self.run = run
        self.layer = layer
        self.image = image
        self.width = width
        self.spansColumns = spansColumns
        self.isAnonymous = isAnonymous
    }

    public enum Kind: String, Codable, Sendable, CaseIterable {
        case templateMap = "template-map"
        case scoreMatrix = "score-matrix"
    }

    /// Widths that figures can have, in inches.
    public static let widths = 1.0...20.0
}
