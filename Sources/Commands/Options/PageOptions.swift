import ArgumentParser
import Diagnostics
import Run
import Site

/// How pages are made, and what of a run they show.
struct PageOptions: ParsableArguments {
    @OptionGroup var look: LookOptions
    @Option(
        name: .customLong("base-url"),
        help: "The URL of the published site, such as https://name.github.io/atlas/: for canonical URLs, a sitemap and social cards.")
    var baseURL: String?
    @Option(help: "The author to cite, in BibTeX form: Ada Lovelace and Charles Babbage.") var author: String?
    @Option(name: [.customLong("licence"), .customLong("license")], help: "The licence of the site, such as CC BY 4.0.") var licence: String?

    @Option(
        help: "A folder of notes in Markdown, shown on their pages: site.md, LAYER.md, LAYER/UNIT.md, classes/NAME.md. By default `notes` in the run folder.")
    var notes: String?

    /// Throws a `Problem` when the options make no sense, or the templates are not there.
    func check() throws {
        if let baseURL {
            let isAddress = baseURL.hasPrefix("https://") || baseURL.hasPrefix("http://")
            let isPlain = baseURL.utf8.allSatisfy { (0x21..<0x7F).contains($0) } && !baseURL.contains { "\"<>?#'\\".contains($0) }
            guard isAddress, isPlain, baseURL.split(separator: "/").count > 1 else {
                throw Problem("--base-url “\(baseURL)” is no address of a site", remedy: "Write https://name.github.io/atlas/, say.", kind: .usage)
            }
        }
        if let notes, !FolderContent.isDirectory(notes) {
            throw Problem("--notes \(notes) is no folder", remedy: "Name the folder that holds site.md, LAYER.md or LAYER/UNIT.md.", kind: .usage)
        }
        if let notes { try SiteNotes.check(notes) }
        try look.check()
    }

    /// Writes the pages of `run` to `site`; returns how many.
    func render(_ run: RunFolder, to site: String, title: String? = nil) throws -> Int {
        let presentation = SitePresentation(
            realImages: look.realImages, title: title, baseURL: baseURL, author: author, licence: licence, notes: notes ?? run.path + "/notes")
        let summary = try SiteRenderer(run: run, templates: look.templates, presentation: presentation).render(to: site)
        for note in summary.unusedNotes { StandardError.write("Note not shown: \(note)\n") }
        if summary.missingPictures > 0 {
            let isOne = summary.missingPictures == 1
            StandardError.write(
                "\(summary.missingPictures) \(isOne ? "picture is" : "pictures are") missing in \(run.path), and the pages say so; `report` with the "
                    + "same options makes \(isOne ? "it" : "them") again\n")
        }
        return summary.pages
    }

    /// What is said when `pages` pages are there.
    func remark(_ pages: Int, _ site: String, opening page: String = "index.html") -> String {
        "\(pages) pages in \(site). Open \(site)/\(page)"
    }
}
