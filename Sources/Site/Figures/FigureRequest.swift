/// What a figure for a paper is of, and how large it is. A figure can be made again from its request.
public struct FigureRequest: Codable, Sendable, Equatable {
    public var kind: Kind
    /// The run folder.
    public var run: String
    /// As in the run's documents; nil for the first that has what the figure shows.
    public var layer: String?
    /// The image's number or path, for template maps; nil for the first.
    public var image: String?
    /// Units as a person writes them, `3` or `0-7` each; nil for the first ones.
    public var units: [String]?
    /// Classes, by number, range or name; nil for the first ones.
    public var classes: [String]?
    /// Methods as `compare` names them; nil for all.
    public var methods: [String]?
    /// In inches.
    public var width: Double
    /// Of names and numbers in the figure, in points; nil for `FigureRequest.usualText`.
    public var textSize: Double?
    /// True for a figure that spans both columns of a page.
    public var spansColumns: Bool
    /// True when nothing may tell whose work it is: names of files, folders and titles stay out.
    public var isAnonymous: Bool
    /// What the files are called; nil for a name made of kind and subject.
    public var name: String?
    /// Who is cited, as BibTeX has it.
    public var author: String?
    /// A font's file, for letters that the program's own has not.
    public var font: String?

    public init(
        kind: Kind, run: String, layer: String? = nil, image: String? = nil, units: [String]? = nil, classes: [String]? = nil,
        methods: [String]? = nil, width: Double, textSize: Double? = nil, spansColumns: Bool = false, isAnonymous: Bool = false,
        name: String? = nil, author: String? = nil, font: String? = nil
    ) {
        (self.kind, self.run, self.layer, self.image) = (kind, run, layer, image)
        (self.units, self.classes, self.methods) = (units, classes, methods)
        (self.width, self.textSize, self.spansColumns, self.isAnonymous) = (width, textSize, spansColumns, isAnonymous)
        (self.name, self.author, self.font) = (name, author, font)
    }

    /// A kind of figure, as people write it.
    public struct Kind: RawRepresentable, Codable, Sendable, Hashable, CaseIterable {
        public let rawValue: String

        /// Nil for a kind that there is not.
        public init?(rawValue: String) {
            guard FigureKinds.all.contains(where: { $0.kind == rawValue }) else { return nil }
            self.rawValue = rawValue
        }

        init(_ figure: any FigureKind.Type) { rawValue = figure.kind }

        public static var allCases: [Kind] { FigureKinds.all.map(Kind.init) }

        /// What it shows, as a clause.
        public var summary: String { figure?.summary ?? "" }

        /// The keys that it takes beside those that all figures have.
        public var keys: Set<Key> { figure?.keys ?? [] }

        var figure: (any FigureKind.Type)? { FigureKinds.all.first { $0.kind == rawValue } }
    }

    /// What a person can say of a figure: keys of a list, options of the command line.
    public enum Key: String, CaseIterable, Sendable {
        case kind, run, layer, image, units, classes, methods, venue, columns, width
        case textSize = "text-size"
        case name, author, font, anonymous

        /// Those that only some kinds take.
        public static let ofSubject: [Key] = [.layer, .image, .units, .classes, .methods]
    }

    /// Units, classes or methods of a text with commas; commas between quotes do not part.
    public static func parts(of text: String) -> [String] { FigureSelection.parts(of: text) }

    /// Widths that figures can have, in inches.
    public static let widths = 1.0...20.0

    /// Sizes of type that figures can have, in points.
    public static let textSizes = 4.0...24.0

    /// The size of type where nobody says one, in points.
    static let usualText = 7.0

    /// In points.
    var text: Double { textSize ?? Self.usualText }
    var points: Double { width * 72 }
}
