import Diagnostics
import Dispatch
import Synchronization

/// A page read, with its addresses resolved; what it needs of other pages is left open.
struct LookedAt: Sendable {
    struct Remark: Sendable {
        var kind: FindingKind
        var subject: String
        var detail = ""
        var line, column: Int?
    }

    struct FragmentLink: Sendable {
        /// The number of the file that should have it.
        var target: Int
        var fragment: String
        var line, column: Int
    }

    let number: Int
    private(set) var remarks: [Remark] = []
    private(set) var fragmentLinks: [FragmentLink] = []
    /// Numbers of the pictures that it shows.
    private(set) var pictures = Set<Int>()
    /// Fingerprints of the ids on it, sorted.
    private(set) var ids: [Int] = []

    /// Those with `numbers`, in their order, several at a time.
    static func all(_ numbers: [Int], of index: SiteIndex, _ limits: SiteLimits) -> [LookedAt] {
        let results = Mutex<[LookedAt?]>(Array(repeating: nil, count: numbers.count))
        DispatchQueue.concurrentPerform(iterations: numbers.count) { place in
            let looked = LookedAt(numbers[place], of: index, limits)
            results.withLock { $0[place] = looked }
        }
        return results.withLock { $0.compactMap { $0 } }
    }

    private init(_ number: Int, of index: SiteIndex, _ limits: SiteLimits) {
        self.number = number
        let file = index.files[number]
        guard let kind = PageKind(file.path) else { return }
        if kind == .page, file.bytes > limits.page {
            remarks.append(Remark(kind: .largePage, subject: file.path, detail: Self.size(file.bytes, limits.page)))
        }
        do {
            guard file.bytes <= SiteLimits.longestPage else {
                throw Problem("it has \(file.bytes) bytes; up to \(SiteLimits.longestPage) are read")
            }
            let bytes = try FileBytes.regular(index.root + "/" + file.path)
            guard bytes.count <= SiteLimits.longestPage else { throw Problem("it grew while it was read") }
            guard kind == .style || bytes.withUnsafeBufferPointer({ String(validating: $0, as: UTF8.self) }) != nil else {
                throw Problem("it is no UTF-8")
            }
            let content = kind == .style ? PageContent(css: bytes) : try PageContent(html: bytes)
            take(content, of: file, kind, index, limits)
        } catch {
            remarks.append(Remark(kind: .unreadable, subject: file.path, detail: (error as? Problem)?.summary ?? "\(error)"))
        }
    }

    private mutating func take(_ content: PageContent, of file: SiteIndex.File, _ kind: PageKind, _ index: SiteIndex, _ limits: SiteLimits) {
        ids = content.ids.map(\.hashValue).sorted()
        for remark in content.remarks where kind == .page || remark.kind == .duplicateID {
            remarks.append(Remark(kind: remark.kind, subject: remark.subject, line: remark.line, column: remark.column))
        }
        var loaded: [PageContent.Use: Set<Int>] = [:]
        let base = content.base.flatMap { Self.base($0, on: file.path) } ?? file.path
        if let address = content.base, case .offSite = SiteAddress(address, on: file.path) {
            remarks.append(Remark(kind: .offSite, subject: address, detail: "all relative addresses of the page"))
        }
        for reference in content.references {
            let found = resolve(reference, base, file.path, ids: content.ids, index)
            guard let found else { continue }
            if reference.use == .image || reference.use == .lazyImage { pictures.insert(found) }
            loaded[reference.use, default: []].insert(found)
        }
        guard kind == .page else { return }
        func sum(_ use: PageContent.Use) -> Int { loaded[use, default: []].reduce(0) { $0 + index.files[$1].bytes } }
        func names(_ use: PageContent.Use) -> String {
            loaded[use, default: []].sorted().prefix(20).map { index.files[$0].path }.joined(separator: " + ")
        }
        if sum(.script) > limits.scripts {
            remarks.append(Remark(kind: .largeScripts, subject: names(.script), detail: Self.size(sum(.script), limits.scripts)))
        }
        if sum(.style) > limits.styles {
            remarks.append(Remark(kind: .largeStyles, subject: names(.style), detail: Self.size(sum(.style), limits.styles)))
        }
        let all = file.bytes + sum(.script) + sum(.style) + sum(.image)
        if all > limits.firstView {
            remarks.append(Remark(kind: .largeFirstView, subject: file.path, detail: Self.size(all, limits.firstView)))
        }
    }

    /// The file that `reference` needs, where it is there; what is wrong with it is remarked.
    private mutating func resolve(
        _ reference: PageContent.Reference, _ base: String, _ page: String, ids: Set<String>, _ index: SiteIndex
    ) -> Int? {
        func note(_ kind: FindingKind, _ subject: String, _ detail: String = "") {
            remarks.append(Remark(kind: kind, subject: subject, detail: detail, line: reference.line, column: reference.column))
        }
        let missing: FindingKind =
            switch reference.use {
            case .link: .brokenLink
            case .image, .lazyImage: .missingImage
            case .style, .script, .part, .connection: .missingFile
            }
        switch SiteAddress(reference.address, on: base) {
        case .other: return nil
        case .script: note(.inlineCode, "on pages")
        case .localFile: note(.localFile, reference.address)
        case .above:
            if reference.use == .link, SiteAddress.leadsToFile(reference.address, on: base, in: index.root) {
                note(.linkOut, reference.address)
            } else {
                note(missing, reference.address, "it leads out of the site")
            }
        case .offSite: if reference.use != .link { note(.offSite, reference.address) }
        case .inside(let path, let fragment, let isFolder, let isFromRoot):
            guard reference.use != .connection else { return nil }
            if isFromRoot { note(.linkFromRoot, reference.address) }
            var target = isFolder ? nil : index.number(of: path)
            if target == nil, path.isEmpty || index.folders.contains(path) {
                target = index.number(of: path.isEmpty ? "index.html" : path + "/index.html")
                if target != nil { note(.linkToFolder, path.isEmpty ? "./" : path + "/") }
            }
            guard let target else {
                note(missing, path.isEmpty ? "./" : path)
                return nil
            }
            if let fragment { look(for: fragment, at: target, reference, page, ids, index) }
            return target
        }
        return nil
    }

    private mutating func look(
        for fragment: String, at target: Int, _ reference: PageContent.Reference, _ page: String, _ ids: Set<String>, _ index: SiteIndex
    ) {
        let kind = PageKind(index.files[target].path)
        let name = fragment.split(separator: ":~:", maxSplits: 1, omittingEmptySubsequences: false).first.map(String.init) ?? ""
        // A page's top needs no id; fragments of other files are theirs.
        guard kind == .page || kind == .drawing, !name.isEmpty, name.lowercased() != "top" else { return }
        if target == number {
            if !ids.contains(name) {
                remarks.append(
                    Remark(kind: .brokenFragment, subject: "\(page)#\(name)", line: reference.line, column: reference.column))
            }
        } else {
            fragmentLinks.append(FragmentLink(target: target, fragment: name, line: reference.line, column: reference.column))
        }
    }

    /// The path that addresses of a page with `<base href>` are relative to; nil when it is another host's.
    private static func base(_ address: String, on page: String) -> String? {
        guard case .inside(let path, _, let isFolder, _) = SiteAddress(address, on: page) else { return nil }
        return isFolder ? (path.isEmpty ? "index.html" : path + "/index.html") : path
    }

    private static func size(_ bytes: Int, _ limit: Int) -> String { "\(bytes) bytes; \(limit) at most" }
}
