/// How large parts of a site may be, in bytes.
public struct SiteLimits: Sendable, Equatable {
    public var page = 100_000
    /// All scripts of a page together, as are its style sheets.
    public var scripts = 30_000
    public var styles = 30_000
    /// A page with its styles, its scripts and the images that are not lazy.
    public var firstView = 500_000

    public init() {}

    /// Longer pages and style sheets are not examined.
    static let longestPage = 8 << 20
}
