/// What a rendering made.
public struct SiteSummary: Sendable, Equatable {
    /// HTML pages, the 404 page not counted.
    public var pages: Int
    /// Everything in the folder: pages, pictures, tables.
    public var files: Int
    public var bytes: Int
    /// Pictures that a document mentions and the run folder does not have: shown as missing.
    public var missingPictures: Int
    /// Notes that no page has a place for, each with the reason.
    public var unusedNotes: [String]
}
