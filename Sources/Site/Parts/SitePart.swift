import Run

/// A part of a site: the pages of one kind of finding, and what the navigation, the overview, the method page and `report.json` say of it.
///
/// The next part: a file beside `ComparisonPart.swift` with a line in `SiteParts.all`, and its pages' templates; on the overview and the
/// method page a section of the template that asks for its fields. What a unit's card says is a `CardSection`.
protocol SitePart: AnyObject, SendableMetatype {
    /// Its entry in the navigation.
    static var entry: SiteEntry { get }

    /// Nil when the run has nothing of it. Throws a `Problem` when a document is damaged.
    init?(_ content: RunContent) throws

    /// Writes its pages, and adds their numbers to `report`.
    func write(_ context: SiteContext, _ report: inout Report) throws

    /// What the overview says of it, once its pages are written.
    func overview(_ context: SiteContext) throws -> Fields

    /// What the method page says of it.
    func method(_ context: SiteContext) throws -> Fields
}

extension SitePart {
    func overview(_ context: SiteContext) throws -> Fields { [:] }
    func method(_ context: SiteContext) throws -> Fields { [:] }
}

/// A link of the navigation.
struct SiteEntry {
    let section: SiteContext.Section
    let title: String
    let href: String
    /// True where further pages lie below it.
    let hasMore: Bool
}

enum SiteParts {
    /// In the order of the navigation, and of their making.
    private static let all: [any SitePart.Type] = [
        LayersPart.self,
        ClassesPart.self,
        LineUpPart.self,
        HeadsPart.self,
        ComparisonPart.self,
        DistillationPart.self,
        TeacherPart.self,
    ]

    /// Those that the run has something of.
    static func of(_ content: RunContent) throws -> [any SitePart] { try all.compactMap { try $0.init(content) } }
}
