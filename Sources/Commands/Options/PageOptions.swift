import ArgumentParser
import Diagnostics
import Run
import Site

/// How pages are made, and what of a run they show.
struct PageOptions: ParsableArguments {
    @OptionGroup var look: LookOptions
    @Option(
        name: .customLong("base-url"),
        help: "Where the site will be, such as https://name.github.io/atlas/: for canonical addresses, a sitemap, and cards of links.")
    var baseURL: String?
    @Option(help: "Who is cited, as BibTeX has it: Ada Lovelace and Charles Babbage.") var author: String?
    @Option(name: [.customLong("licence"), .customLong("license")], help: "The licence of the site, such as CC BY 4.0.") var licence: String?

    /// Throws a `Problem` when the options make no sense, or the templates are not there.
    func check() throws {
        if let baseURL {
            let isAddress = baseURL.hasPrefix("https://") || baseURL.hasPrefix("http://")
            let isPlain = baseURL.utf8.allSatisfy { (0x21..<0x7F).contains($0) } && !baseURL.contains { "\"<>?#'\\".contains($0) }
            guard isAddress, isPlain, baseURL.split(separator: "/").count > 1 else {
                throw Problem("--base-url “\(baseURL)” is no address of a site", remedy: "Write https://name.github.io/atlas/, say.", kind: .usage)
            }
        }
        try look.check()
    }

    /// Writes the pages of `run` to `site`; returns how many.
    func render(_ run: RunFolder, to site: String, title: String? = nil) throws -> Int {
        let presentation = SitePresentation(
            realImages: look.realImages, title: title, baseURL: baseURL, author: author, licence: licence)
        return try SiteRenderer(run: run, templates: look.templates, presentation: presentation).render(to: site).pages
    }

    /// What is said when `pages` pages are there.
    func remark(_ pages: Int, _ site: String, opening page: String = "index.html") -> String {
        "\(pages) pages in \(site). Open \(site)/\(page)"
    }
}
