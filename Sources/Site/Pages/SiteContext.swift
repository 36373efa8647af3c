import Diagnostics
import Dispatch
import Run

/// What every page needs: the run, the templates and the site being written.
final class SiteContext {
    let content: RunContent
    let templates: Templates
    let folder: SiteFolder
    /// The parts that the site has, for the navigation.
    private let navigation: [SiteEntry]
    private(set) var pages = 0
    /// What the search field will find; parts add to it.
    var search = SearchIndex()
    private var missing = Set<String>()
    private var imagePaths: [Int: String?] = [:]
    /// Where real images lie in the site.
    private let imageFolder: String

    init(content: RunContent, templates: Templates, folder: SiteFolder, navigation: [SiteEntry] = [], imageFolder: String = "images") {
        self.content = content
        self.templates = templates
        self.folder = folder
        self.navigation = navigation
        self.imageFolder = imageFolder
    }

    /// Pictures that pages would show and the run does not have.
    var missingPictures: Int { missing.count }

    /// The part of the site a page belongs to, for the navigation.
    struct Section: Equatable {
        let name: String

        init(_ name: String) { self.name = name }

        static let overview = Self("Overview"), method = Self("Method"), reproduce = Self("Reproduce"), none = Self("")
    }

    /// Renders `template` with `fields`, puts the frame around it and adds the page at `path`.
    func write(_ template: String, _ fields: Fields, to path: String, title: String, section: Section) throws {
        try write([Draft(template: template, fields: fields, path: path, title: title, section: section)])
    }

    /// Puts the frame around `content` and adds the page at `path`.
    func write(content markup: Markup, to path: String, title: String, section: Section) throws {
        var frame = frame(of: path, title: title, section: section)
        frame["content"] = markup
        try add(templates.render("page", frame), at: path)
    }

    /// A page of which all is known but its text.
    struct Draft {
        let template: String
        let fields: Fields
        let path: String
        let title: String
        let section: Section
    }

    /// Renders pages, each with the frame around it, on all processors, and adds them in their order.
    func write(_ drafts: [Draft]) throws {
        // Values of fields are texts, numbers and lists of them, which nobody changes here.
        nonisolated(unsafe) let parts = drafts.map { draft in
            var fields = draft.fields
            fields["root"] = Self.root(of: draft.path)
            return (draft.template, fields, frame(of: draft.path, title: draft.title, section: draft.section))
        }
        let templates = templates, failure = FirstFailure()
        var texts = Array(repeating: "", count: parts.count)
        texts.withUnsafeMutableBufferPointer { texts in
            nonisolated(unsafe) let texts = texts
            DispatchQueue.concurrentPerform(iterations: parts.count) { number in
                failure.catching {
                    var (template, fields, frame) = parts[number]
                    frame["content"] = Markup(try templates.render(template, fields))
                    texts[number] = try templates.render("page", frame)
                }
            }
        }
        try failure.rethrow()
        for (draft, text) in zip(drafts, texts) { try add(text, at: draft.path) }
    }

    private func add(_ text: String, at path: String) throws {
        try folder.write(text, to: path)
        pages += 1
    }

    /// The way from the page, or another file, at `path` to the site's folder.
    static func root(of path: String) -> String { String(repeating: "../", count: path.utf8.count { $0 == UInt8(ascii: "/") }) }

    /// What stands around a page, without its content.
    private func frame(of path: String, title: String, section: Section) -> Fields {
        let manifest = content.manifest
        let isOverview = section == .overview
        var frame: Fields = [
            "root": Self.root(of: path),
            "title": isOverview ? manifest.title : "\(title) · \(manifest.title)",
            "siteTitle": manifest.title,
            "description": isOverview
                ? "What the neurons of \(manifest.network.displayName) look for." : "\(title), \(manifest.network.displayName).",
            "parts": navigation.map { entry -> Fields in
                ["title": entry.title, "href": entry.href, "isHere": entry.section == section, "hasMore": entry.hasMore]
            },
            "inOverview": isOverview, "inMethod": section == .method, "inReproduce": section == .reproduce,
            "tool": "\(manifest.tool.name) \(manifest.tool.version)",
            "network": manifest.network.displayName,
            "shortHash": String(manifest.network.checkpoint.sha256.prefix(8)),
        ]
        frame.add(presentationFields(of: path))
        return frame
    }

    /// The place of a real image's picture in the site, brought there when it is first asked for; nil when the run has none.
    func imagePath(_ number: Int) throws -> String? {
        if let known = imagePaths[number] { return known }
        var path: String?
        if let picture = content.images.images[number]?.picture, content.presentation.realImages != .none {
            if let source = RunPath(picture), let dot = picture.lastIndex(of: ".") {
                let format = picture[dot...].dropFirst()
                let place = "\(imageFolder)/\(number).\(format)"
                if ["png", "jpg", "jpeg"].contains(format), try bring(source, to: place) { path = place }
            }
            if path == nil { missing.insert("images/\(number)") }
        }
        imagePaths[number] = .some(path)
        return path
    }

    /// Brings the PNG picture that a document names to `path`; nil when the run does not have it.
    func runPicture(_ picture: String, at path: String) throws -> String? {
        guard let source = RunPath(picture), picture.hasSuffix(".png"), try folder.copy(content.run.full(source), to: path) else {
            missing.insert(path)
            return nil
        }
        return path
    }

    /// The place in the site of a window that was cut out of a real image, brought there; nil when the run does not have it.
    func windowPicture(_ picture: String) throws -> String? {
        guard content.presentation.realImages != .none else { return nil }
        guard let source = RunPath(picture), let name = picture.split(separator: "/").last, let format = name.split(separator: ".").last,
            ["png", "jpg"].contains(format), case let place = "line-up/\(RunPath.key(for: String(name)))",
            try bring(source, to: place)
        else {
            missing.insert(picture)
            return nil
        }
        return place
    }

    /// Brings a prototype's picture to `path`; nil when the run does not have it.
    func prototypePath(_ prototype: Prototype, at path: String) throws -> String? {
        try runPicture(prototype.picture, at: path)
    }

    /// The pictures of a prototype's other seeds, brought to `folder`, each with the activation it reached.
    func otherSeeds(_ prototype: Prototype, of subject: String, in folder: String) throws -> [Fields] {
        try prototype.otherSeeds.enumerated().compactMap { number, other in
            guard let source = RunPath(other.picture), other.picture.hasSuffix(".png") else { return nil }
            let path = "\(folder)/seed-\(number + 1).png"
            guard try self.folder.copy(content.run.full(source), to: path) else {
                missing.insert(path)
                return nil
            }
            return [
                "picture": picture(path, alt: "Prototype of \(subject) from seed \(other.seed)", .small),
                "seed": String(other.seed), "activation": Number.short(other.activation),
            ]
        }
    }

    /// The losses of the matched layers, for a table.
    func matching(_ prototype: Prototype) -> Fields {
        let manifest = content.manifest
        let options = manifest.options
        return [
            "layers": prototype.matching.map { layer -> Fields in
                [
                    "layer": layer.layer, "weight": Number.plain(Double(layer.weight)), "start": Number.short(layer.lossAtStart),
                    "end": Number.short(layer.lossAtEnd), "real": layer.lossOfRealImage.map { Number.short($0) },
                    "startRatio": layer.lossOfRealImage.flatMap { $0 > 0 ? Number.short(layer.lossAtStart / $0) : nil },
                    "ratio": layer.lossOfRealImage.flatMap { $0 > 0 ? Number.short(layer.lossAtEnd / $0) : nil },
                ]
            },
            "isEmpty": prototype.matching.isEmpty, "hasScale": prototype.matching.contains { $0.lossOfRealImage != nil },
            "steps": Number.grouped(prototype.steps), "seed": String(prototype.seed), "referenceChoice": prototype.referenceChoice,
            "referenceCount": Number.count(prototype.references.count, "reference"),
            "schedule": options.schedule, "learningRate": Number.plain(Double(options.learningRate)),
            "warmup": Number.count(options.warmup, "step"), "jitter": options.jitter > 0 ? String(options.jitter) : nil,
            "mirroring": prototype.mirroring.map { mirroring -> Fields in
                [
                    "isUsed": mirroring.isUsed, "share": mirroring.share.map { Number.percent($0) },
                    "strength": { if case .classOutput = prototype.target { "probability" } else { "activation" } }(),
                ]
            },
            "tool": "\(manifest.tool.name) \(manifest.tool.version)", "engine": manifest.tool.engine,
            "checkpointHash": manifest.network.checkpoint.sha256,
        ]
    }
}
