import ArgumentParser
import Diagnostics
import Site

/// How all pages look, and how they show images of a run.
struct LookOptions: ParsableArguments {
    @Option(help: "A folder with templates that replace the built-in ones, file by file.") var templates: String?
    @Flag(
        help: """
            Show real images as thumbnails of at most \(SitePresentation.thumbnailSide) pixels, with the hashes of their files: for data that may \
            not be published again.
            """)
    var thumbnailsOnly = false
    @Flag(help: "Show no real images: name them by path and hash.") var noRealImages = false

    var realImages: SitePresentation.RealImages { noRealImages ? .none : thumbnailsOnly ? .thumbnails : .whole }

    /// Throws a `Problem` when the options make no sense, or the templates are not there.
    func check() throws {
        guard !(thumbnailsOnly && noRealImages) else {
            throw Problem("--thumbnails-only and --no-real-images both say how real images are shown", remedy: "Leave one out.", kind: .usage)
        }
        try SiteRenderer.check(templates: templates)
    }
}
