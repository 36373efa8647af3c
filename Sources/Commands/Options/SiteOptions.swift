import ArgumentParser
import Diagnostics
import Run
import Site

/// Where results and pages go.
struct SiteOptions: ParsableArguments {
    @Option(name: .customLong("run"), help: "The run folder; by default beside the site.")
    var runFolder: String?
    @Option(name: .shortAndLong, help: "The folder of the site.") var out: String?
    @OptionGroup var pages: PageOptions

    /// The folders of results and site, where both can be made beside `images`: found out before any work. `site` has its run in `site-run`.
    ///
    /// - Throws: a `Problem` when one of them cannot be, or `out` is missing and there is no `substitute`.
    func places(besides images: String, substitute: String? = nil) throws -> (run: String, site: String) {
        guard let site = out ?? substitute else { throw Problem("No folder for the site is named", remedy: "Add --out.", kind: .usage) }
        let run = runFolder.map(Self.trimmed) ?? Self.trimmed(site) + "-run"
        try pages.check()
        try SiteRenderer.check(name: site)
        try Places.check(images: images, site: site, run: run)
        try SiteRenderer.checkDestination(site)
        return (run, site)
    }

    private static func trimmed(_ path: String) -> String {
        var path = path
        while path.count > 1, path.hasSuffix("/") { path.removeLast() }
        return path
    }
}
