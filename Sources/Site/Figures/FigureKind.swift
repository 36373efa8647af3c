/// A kind of figure for papers: from a request and what a run knows to a scene, its numbers and a caption.
///
/// The next kind: a file in `Kinds`, a line in `FigureKinds.all`, a test in `FigureKindTests`.
protocol FigureKind: SendableMetatype {
    /// As people write it: `unit-map`.
    static var kind: String { get }
    /// What it shows, as a clause.
    static var summary: String { get }
    /// The keys that it takes, of `Key.ofSubject`.
    static var keys: Set<FigureRequest.Key> { get }

    /// - Throws: `FigureFault` for what the run has not, with the option of `report` that makes it.
    static func content(_ request: FigureRequest, of source: FigureSource) throws -> FigureContent
}

enum FigureKinds {
    static let all: [any FigureKind.Type] = [
        UnitFigure.self,
        UnitsFigure.self,
        ClassesFigure.self,
        MethodsFigure.self,
        HistogramFigure.self,
        FlowFigure.self,
        UnitMapFigure.self,
        TemplateMapFigure.self,
        ScoreMatrixFigure.self,
    ]
}

/// What one kind of figure brings.
struct FigureContent {
    /// What its files are called where nobody says.
    var name: String
    var scene: Scene
    /// What is seen, with scales and how it is normalised.
    var caption: String
    /// Comma-separated values.
    var numbers: String
    /// Pictures that the scene names, as PNG or JPEG.
    var pictures: [String: [UInt8]] = [:]
    var request: FigureRequest
    /// What the figure's author should know.
    var remarks: [String] = []
}
