import Diagnostics
public import Run

/// Makes a site of static pages from a run folder. It reads that folder and nothing else, and needs no network, so pages can
/// be made again after a change of a template, and while the analysis is still at work.
public struct SiteRenderer: Sendable {
    private let run: RunFolder
    private let templates: String?
    private let presentation: SitePresentation

    /// - Parameters:
    ///   - run: the run to show.
    ///   - templates: a folder whose files replace the program's own, each the one of the same path; nil for none. Files
    ///     under `assets` in it replace or join the style sheet and the script.
    ///   - presentation: what of the run is shown, and as what.
    public init(run: RunFolder, templates: String? = nil, presentation: SitePresentation = SitePresentation()) {
        self.run = run
        self.templates = templates
        self.presentation = presentation
    }

    /// Writes the site to `out` and says how large it is. The site appears there whole or not at all; equal runs and
    /// templates give equal bytes.
    ///
    /// - Throws: `Problem` when `out` holds something that is not a site (it is left as it is), a document of the run or a
    ///   template is damaged, or the site cannot be written.
    public func render(to out: String) throws -> SiteSummary {
        let resources = try Resources.find()
        let templates = try Templates(bundled: resources.templates, override: self.templates)
        let content = try RunContent(run, presentation)
        let folder = try SiteFolder(target: out)
        let parts = try SiteParts.of(content)
        let context = SiteContext(content: content, templates: templates, folder: folder, navigation: parts.map { type(of: $0).entry })
        if presentation.baseURL != nil, let card = try SocialCard.png(of: content) { try folder.write(card, to: SocialCard.path) }
        var report = Report(content)
        // Inner pages first: the overview counts what they found.
        for part in parts { try part.write(context, &report) }
        let summaries = parts.lazy.compactMap { $0 as? LayersPart }.first?.summaries ?? []
        try OverviewPage(context: context, summaries: summaries, parts: parts).write()
        try StandingPages(context: context, summaries: summaries, parts: parts).write()
        try folder.write(report.json(), to: "report.json")
        context.search.addNotes(of: content)
        try context.search.write(to: folder)
        try folder.write("", to: ".nojekyll")
        if let citation = CitationFile.text(of: content) { try folder.write(citation, to: CitationFile.path) }
        if let base = presentation.baseURL {
            for file in Sitemap.files(folder.pages, at: base) { try folder.write(file.text, to: file.path) }
        }
        try resources.copyAssets(to: folder, besides: self.templates)
        try folder.publish()
        return SiteSummary(
            pages: context.pages, files: folder.count, bytes: folder.bytes, missingPictures: context.missingPictures,
            unusedNotes: content.notes.unused.map { "\(PlainText.safe($0.path)): \($0.reason)" })
    }

    /// Throws the `Problem` that `render` would meet at `out` for its place: before long work, so that none is in vain.
    public static func checkDestination(_ out: String) throws { _ = try SiteFolder(target: out) }

    /// Throws a `Problem` when `out` cannot be the name of a site's folder, or what is there is not a site.
    public static func check(name out: String) throws { _ = try SiteFolder.checkedTarget(out) }

    /// Throws the `Problem` that `render` would meet in `templates`.
    public static func check(templates: String?) throws {
        _ = try Templates(bundled: Resources.find().templates, override: templates)
    }
}
