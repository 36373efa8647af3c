/// Where a paper appears, and how wide its columns and pages are.
public enum Venue: String, CaseIterable, Sendable {
    case cvpr, iccv, icml, aaai, neurips, iclr, eccv, jmlr, tmlr

    /// In inches, from the venues' style files; nil where the page has a single column.
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
}
