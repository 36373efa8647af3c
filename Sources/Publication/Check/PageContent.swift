import CGumbo
import Diagnostics
import Glibc

/// What a check needs to know of a page: what it refers to, the ids it has, and what is wrong with it alone.
struct PageContent: Sendable {
    /// What an address is for.
    enum Use: Sendable {
        /// Followed when a reader chooses to.
        case link
        case image
        /// An image that the browser may fetch later.
        case lazyImage
        case style
        case script
        /// Fetched with the page otherwise.
        case part
        /// A connection, no file.
        case connection
    }

    struct Reference: Sendable {
        var address: String
        var use: Use
        var line, column: Int
    }

    struct Remark: Sendable {
        var kind: FindingKind
        var subject: String
        var line, column: Int
    }

    private(set) var references: [Reference] = []
    private(set) var ids = Set<String>()
    private(set) var remarks: [Remark] = []
    /// The address that relative ones begin at, where the page names one.
    private(set) var base: String?

    /// - Parameter html: UTF-8. A byte order mark is skipped.
    /// - Throws: `Problem` when it cannot be parsed.
    init(html: [UInt8]) throws(Problem) {
        var problem: Problem?
        html.withUnsafeBufferPointer { buffer in
            let bytes = buffer.starts(with: [0xEF, 0xBB, 0xBF]) ? UnsafeBufferPointer(rebasing: buffer.dropFirst(3)) : buffer
            do throws(Problem) {
                let tree = try HTMLTree(bytes)
                tree.forEachElement { look(at: $0) }
            } catch { problem = error }
        }
        if let problem { throw problem }
    }

    /// - Parameter css: a style sheet.
    init(css: [UInt8]) {
        references = StyleReferences.of(css).map { Reference(address: $0.address, use: .part, line: $0.line, column: 1) }
    }

    // MARK: Elements

    private mutating func look(at element: HTMLElement) {
        let (line, column) = element.place
        var isInline = false
        element.forEachAttribute { name, value in
            if strcasecmp(name, "id") == 0 {
                let id = String(cString: value)
                if !ids.insert(id).inserted { remarks.append(Remark(kind: .duplicateID, subject: id, line: line, column: column)) }
            } else if strcasecmp(name, "style") == 0 {
                isInline = true
                for found in StyleReferences.of(String(cString: value).utf8) { refer(to: found.address, .part, element) }
            } else if strncasecmp(name, "on", 2) == 0, name[2] != 0 {
                isInline = true
            }
        }
        switch element.tag {
        case GUMBO_TAG_A, GUMBO_TAG_AREA:
            guard let address = element.attribute("href") else { break }
            refer(to: address, .link, element)
            // The name may stand between the tags; an area has its alt only.
            if !element.hasName { remark(.unnamedLink, address, element) }
        case GUMBO_TAG_LINK: lookAtLink(element)
        case GUMBO_TAG_SCRIPT:
            let kind = element.attribute("type")?.lowercased() ?? ""
            let isCode = kind.isEmpty || kind == "module" || kind.contains("javascript")
            if let address = element.attribute("src") ?? element.attribute("href") {
                if isCode { refer(to: address, .script, element) }
            } else if isCode {
                isInline = true
            }
        case GUMBO_TAG_STYLE:
            isInline = true
            for found in StyleReferences.of(element.text.utf8) { refer(to: found.address, .part, element) }
        case GUMBO_TAG_IMG: lookAtImage(element)
        case GUMBO_TAG_IMAGE:  // Of SVG; that of HTML is an img by now.
            refer(to: element.attribute("href"), .image, element)
        case GUMBO_TAG_INPUT:
            guard element.attribute("type")?.lowercased() == "image" else { break }
            refer(to: element.attribute("src"), .image, element)
            if !element.says("alt"), !element.says("aria-label") { remark(.noAlternative, element.attribute("src") ?? "input", element) }
        case GUMBO_TAG_SVG:
            if element.attribute("role")?.lowercased() == "img", !element.says("aria-label"), !element.says("aria-labelledby"), !element.hasTitle {
                remark(.noAlternative, "svg", element)
            }
        case GUMBO_TAG_SOURCE, GUMBO_TAG_VIDEO, GUMBO_TAG_AUDIO, GUMBO_TAG_TRACK, GUMBO_TAG_IFRAME, GUMBO_TAG_EMBED, GUMBO_TAG_FRAME:
            refer(to: element.attribute("src"), .part, element)
            refer(to: element.attribute("poster"), .image, element)
            for address in Self.candidates(element.attribute("srcset")) { refer(to: address, .lazyImage, element) }
        case GUMBO_TAG_OBJECT: refer(to: element.attribute("data"), .part, element)
        case GUMBO_TAG_FORM: refer(to: element.attribute("action"), .link, element)
        case GUMBO_TAG_BASE: if base == nil { base = element.attribute("href") }
        case GUMBO_TAG_META: lookAtMeta(element)
        default:
            if element.isUse { refer(to: element.attribute("href"), .part, element) }
        }
        if isInline { remark(.inlineCode, "on pages", element) }
    }

    private mutating func lookAtLink(_ element: HTMLElement) {
        let kinds = Set((element.attribute("rel") ?? "").lowercased().split(whereSeparator: \.isWhitespace).map(String.init))
        let address = element.attribute("href")
        if kinds.contains("stylesheet") {
            refer(to: address, .style, element)
        } else if !kinds.isDisjoint(with: ["preconnect", "dns-prefetch"]) {
            refer(to: address, .connection, element)
        } else if !kinds.isDisjoint(with: ["icon", "apple-touch-icon", "mask-icon", "preload", "modulepreload", "prefetch", "prerender", "manifest"]) {
            refer(to: address, .part, element)
        } else {
            refer(to: address, .link, element)
        }
    }

    private mutating func lookAtImage(_ element: HTMLElement) {
        let isLazy = element.attribute("loading")?.lowercased() == "lazy"
        let address = element.attribute("src")
        refer(to: address, isLazy ? .lazyImage : .image, element)
        for candidate in Self.candidates(element.attribute("srcset")) { refer(to: candidate, .lazyImage, element) }
        let isOrnament = ["none", "presentation"].contains(element.attribute("role")?.lowercased()) || element.attribute("aria-hidden") == "true"
        if element.attribute("alt") == nil, !isOrnament, !element.says("aria-label"), !element.says("aria-labelledby") {
            remark(.noAlternative, address ?? "img", element)
        }
    }

    /// `<meta http-equiv="refresh" content="0; url=there.html">` leads there.
    private mutating func lookAtMeta(_ element: HTMLElement) {
        guard element.attribute("http-equiv")?.lowercased() == "refresh", let content = element.attribute("content") else { return }
        // The name may be quoted, and may itself hold an equals sign.
        guard let equals = content.firstIndex(of: "="), content[..<equals].lowercased().trimmingCharacters(" ").hasSuffix("url") else { return }
        refer(to: content[content.index(after: equals)...].trimmingCharacters(" '\""), .link, element)
    }

    private mutating func refer(to address: String?, _ use: Use, _ element: HTMLElement) {
        guard let address, !address.isEmpty else { return }
        let (line, column) = element.place
        references.append(Reference(address: address, use: use, line: line, column: column))
    }

    private mutating func remark(_ kind: FindingKind, _ subject: String, _ element: HTMLElement) {
        let (line, column) = element.place
        remarks.append(Remark(kind: kind, subject: subject, line: line, column: column))
    }

    /// The addresses of `srcset`: `a.png 1x, b.png 2x`. A `data:` address holds a comma.
    private static func candidates(_ set: String?) -> [String] {
        guard let set else { return [] }
        var addresses: [String] = []
        var expectsAddress = true
        for word in set.split(whereSeparator: \.isWhitespace) {
            if expectsAddress {
                addresses.append(word.trimmingCharacters(","))
                expectsAddress = word.hasSuffix(",")
            } else if word.hasSuffix(",") {
                expectsAddress = true
            }
        }
        return addresses.filter { !$0.isEmpty }
    }
}

extension StringProtocol {
    fileprivate func trimmingCharacters(_ characters: String) -> String {
        var text = self[...]
        while let first = text.first, characters.contains(first) { text = text.dropFirst() }
        while let last = text.last, characters.contains(last) { text = text.dropLast() }
        return String(text)
    }
}
