/// Where a paper appears: how wide its columns and pages are, and how large its type is, from the venues' style files.
public enum Venue: String, CaseIterable, Sendable {
    case cvpr, iccv, icml, aaai, neurips, iclr, eccv, jmlr, tmlr

    /// In inches; nil where the page has a single column.
    public var column: Double? {
        switch self {
        case .cvpr, .iccv, .icml: 3.25
        case .aaai: 3.3
        case .neurips, .iclr, .eccv, .jmlr, .tmlr: nil
        }
    }

    /// The width of the text of a page, in inches.
    public var page: Double {
        switch self {
        case .cvpr, .iccv: 6.875
        case .icml: 6.75
        case .aaai: 6.975
        case .neurips, .iclr: 5.5
        case .eccv: 4.8
        case .jmlr: 6
        case .tmlr: 6.5
        }
    }

    /// The size of the paper's own type, in points.
    public var body: Double { self == .jmlr ? 11 : 10 }

    /// The size of captions, in points.
    public var caption: Double {
        switch self {
        case .cvpr, .iccv, .icml, .eccv: 9
        case .aaai, .neurips, .iclr, .jmlr, .tmlr: 10
        }
    }

    /// The size of type within figures, in points: what AAAI asks for at least, and elsewhere a step below captions.
    public var label: Double { self == .aaai ? 9 : min(caption - 1, 8) }
}
