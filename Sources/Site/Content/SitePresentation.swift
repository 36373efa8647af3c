/// What of a run a site shows, and as what: chosen when it is rendered, not when the run is made.
public struct SitePresentation: Sendable, Equatable {
    /// How real images are shown. Data sets may forbid to publish them; their paths and hashes name them all the same.
    public enum RealImages: Sendable, Equatable {
        case whole
        /// At most `thumbnailSide` pixels wide and high.
        case thumbnails
        case none
    }

    public static let thumbnailSide = 64

    public var realImages: RealImages
    /// In place of the run's own.
    public var title: String?
    /// Where the site will be, with a slash at its end: for canonical addresses, the sitemap and the cards that other sites show of a link.
    public var baseURL: String?
    /// Who is cited, as BibTeX has it: `Ada Lovelace and Charles Babbage`.
    public var author: String?
    /// As it is shown, such as `CC BY 4.0`.
    public var licence: String?
    /// The folder of a researcher's own notes, as `Notes` reads them.
    public var notes: String?

    public init(
        realImages: RealImages = .whole, title: String? = nil, baseURL: String? = nil, author: String? = nil, licence: String? = nil,
        notes: String? = nil
    ) {
        self.realImages = realImages
        self.title = title
        self.baseURL = baseURL.map { $0.hasSuffix("/") ? $0 : $0 + "/" }
        self.author = author
        self.licence = licence
        self.notes = notes
    }

    /// What every page says of it; nil where there is nothing to say.
    var imageNotice: String? {
        switch realImages {
        case .whole: nil
        case .thumbnails: "Real images are shown as thumbnails, at most \(Self.thumbnailSide) pixels wide and high; their hashes name the files."
        case .none: "Real images are not shown: their paths and hashes name the files."
        }
    }
}
