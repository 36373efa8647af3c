import Diagnostics
import Images
import Run

/// What `SitePresentation` asks for.
extension SiteContext {
    /// Brings a picture of a real image to `path` in the site, as it may be shown; nil when it may not, or the run does not have it.
    func realPicture(_ picture: String, at path: String) throws -> String? {
        guard content.presentation.realImages != .none else { return nil }
        guard content.presentation.realImages == .thumbnails else { return try runPicture(picture, at: path) }
        guard let source = RunPath(picture), picture.hasSuffix(".png"), try bring(source, to: path) else { return nil }
        return path
    }

    /// Adds a picture of a real image; false when the run does not have it.
    func bring(_ source: RunPath, to place: String) throws -> Bool {
        guard content.presentation.realImages == .thumbnails else { return try folder.copy(content.run.full(source), to: place) }
        if folder.contains(place) { return true }
        guard content.run.exists(source) else { return false }
        try folder.write(try Self.thumbnail(of: content.run.full(source), isPNG: place.hasSuffix(".png")), to: place)
        return true
    }

    /// The picture at `path`, made smaller where it is larger than a thumbnail.
    private static func thumbnail(of path: String, isPNG: Bool) throws -> [UInt8] {
        var picture = try ImageDecoder.picture(at: path)
        let largest = max(picture.width, picture.height), side = SitePresentation.thumbnailSide
        if largest > side {
            func shrunk(_ length: Int) -> Int { max(1, (length * side + largest / 2) / largest) }
            picture = picture.resized(width: shrunk(picture.width), height: shrunk(picture.height), filter: .bilinear)
        }
        return isPNG ? try PNGEncoder.encode(picture) : try JPEGEncoder.encode(picture, quality: 80)
    }

    /// What the frame of the page at `path` says of its place, its licence and its images.
    func presentationFields(of path: String) -> Fields {
        let presentation = content.presentation
        // A page's own prototype, where it has one.
        let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? ""
        let own = folder + "prototype.png"
        let picture = !folder.isEmpty && self.folder.contains(own) ? own : self.folder.contains(SocialCard.path) ? SocialCard.path : nil
        return [
            "canonical": presentation.baseURL.map { $0 + path }, "socialImage": presentation.baseURL.flatMap { base in picture.map { base + $0 } },
            "imageNotice": presentation.imageNotice, "licence": presentation.licence,
        ]
    }
}
