import Diagnostics
import Run

/// A few pages that stand by themselves, in the frame and the style of a site: what is found out with a run after it was made.
final class Booklet {
    let folder: SiteFolder
    let templates: Templates
    private let resources: Resources
    private let override: String?
    private let frame: Frame
    private var pages = 0

    /// What every page says.
    struct Frame {
        var title: String
        /// Of which networks the pages speak.
        var about: String
        var tool: RunManifest.Tool
        /// The file with all numbers.
        var numbers: String
        /// Sites to go to, by name: addresses relative to the booklet's folder.
        var sites: [(title: String, href: String)]
        /// How real images of runs are shown, where that is to be said.
        var imageNotice: String?
    }

    /// Begins a booklet that will be at `out`.
    ///
    /// - Parameter templates: a folder whose files replace the program's own, as for sites.
    /// - Throws: `Problem` as `checkDestination` does, or when a template is not valid.
    init(_ frame: Frame, to out: String, templates override: String?) throws {
        try Self.checkDestination(out, numbers: frame.numbers)
        resources = try Resources.find()
        templates = try Templates(bundled: resources.templates, override: override)
        folder = try SiteFolder(target: out)
        self.override = override
        self.frame = frame
    }

    /// Throws the `Problem` that a booklet whose numbers are in the file `numbers` would meet at `out`: a booklet of the same kind is
    /// replaced, nothing else.
    static func checkDestination(_ out: String, numbers: String) throws {
        let target = try SiteFolder.checkedTarget(out)
        guard case .entries = try FolderContent.of(target) else { return }
        guard try !SiteFolder.listing(of: target).contains(numbers) else { return }
        throw Problem(
            "\(target) holds other pages of Vitrine", explanation: "It has no \(numbers); nothing was changed.",
            remedy: "Choose a folder that does not exist yet, beside it or in it.", kind: .usage)
    }

    /// Renders `template` with `fields`, puts the frame around it and adds the page at `path`.
    func write(_ template: String, _ fields: Fields, to path: String, title: String) throws {
        let root = SiteContext.root(of: path)
        var fields = fields
        fields["root"] = root
        let content = Markup(try templates.render(template, fields))
        try folder.write(
            templates.render(
                "standalone",
                [
                    "root": root, "title": path == "index.html" ? frame.title : "\(title) · \(frame.title)", "siteTitle": frame.title,
                    "description": "\(title). \(frame.about)", "canonical": nil, "socialImage": nil, "content": content, "about": frame.about,
                    "tool": "\(frame.tool.name) \(frame.tool.version)", "numbers": frame.numbers, "imageNotice": frame.imageNotice,
                    "hasSites": !frame.sites.isEmpty,
                    "sites": frame.sites.map { ["title": $0.title, "href": $0.href] as Fields },
                ]), to: path)
        pages += 1
    }

    /// Puts all in its place.
    func publish() throws -> Int {
        try folder.write("", to: ".nojekyll")
        try resources.copyAssets(to: folder, besides: override, only: ["vitrine.css", "vitrine.js", "icon.svg"])
        try folder.publish()
        return pages
    }
}
