import Glibc

/// Where an address on a page leads, as a browser resolves it (WHATWG URL), seen from within a site.
enum SiteAddress: Equatable {
    /// A file or folder of the site by its path, without a slash at its end; empty for the site's own folder.
    case inside(path: String, fragment: String?, isFolder: Bool, isFromRoot: Bool)
    /// Out of the site's folder by `..`.
    case above
    /// Another host.
    case offSite
    /// A file of the computer the page was made on: `file:`.
    case localFile
    /// `javascript:`.
    case script
    /// Nothing that is fetched: `mailto:`, `data:` and the like.
    case other

    /// - Parameters:
    ///   - address: as it stands on the page, entities resolved.
    ///   - page: the path of the page in the site.
    init(_ address: String, on page: String) {
        var bytes = address.utf8.filter { $0 != UInt8(ascii: "\t") && $0 != UInt8(ascii: "\n") && $0 != UInt8(ascii: "\r") }[...]
        while let first = bytes.first, first <= UInt8(ascii: " ") { bytes = bytes.dropFirst() }
        while let last = bytes.last, last <= UInt8(ascii: " ") { bytes = bytes.dropLast() }
        if let scheme = Self.scheme(of: bytes) {
            switch scheme {
            case "http", "https", "ftp", "ws", "wss": self = .offSite
            case "file": self = .localFile
            case "javascript": self = .script
            default: self = .other
            }
            return
        }
        var fragment: String?
        if let hash = bytes.firstIndex(of: UInt8(ascii: "#")) {
            fragment = String(decoding: Self.decoded(bytes[(hash + 1)...]), as: UTF8.self)
            bytes = bytes[..<hash]
        }
        if let query = bytes.firstIndex(of: UInt8(ascii: "?")) {
            bytes = bytes[..<query]
            if bytes.isEmpty {  // The page itself, asked for otherwise.
                self = .inside(path: page, fragment: fragment, isFolder: false, isFromRoot: false)
                return
            }
        }
        // To browsers a backslash is a slash.
        let path = bytes.map { $0 == UInt8(ascii: "\\") ? UInt8(ascii: "/") : $0 }
        if path.starts(with: Array("//".utf8)) {
            self = .offSite
            return
        }
        if path.isEmpty {
            self = .inside(path: page, fragment: fragment, isFolder: false, isFromRoot: false)
            return
        }
        let isFromRoot = path.first == UInt8(ascii: "/")
        var parts = isFromRoot ? [] : page.split(separator: "/").dropLast().map(String.init)
        var isFolder = false
        for piece in path.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false) {
            let part = String(decoding: Self.decoded(piece), as: UTF8.self)
            isFolder = part.isEmpty || part == "." || part == ".."
            if part == ".." {
                guard parts.popLast() != nil else {
                    self = .above
                    return
                }
            } else if !isFolder {
                parts.append(part)
            }
        }
        self = .inside(path: parts.joined(separator: "/"), fragment: fragment, isFolder: isFolder, isFromRoot: isFromRoot)
    }

    /// True where a relative address on the page at `page` names a file that is there, seen from the folder `root` of the site: outside of it,
    /// too.
    static func leadsToFile(_ address: String, on page: String, in root: String) -> Bool {
        let path = decoded(address.utf8.prefix { $0 != UInt8(ascii: "#") && $0 != UInt8(ascii: "?") })
        guard !path.contains(0) else { return false }
        let folder = page.lastIndex(of: "/").map { "/" + page[..<$0] } ?? ""
        return access("\(root)\(folder)/\(String(decoding: path, as: UTF8.self))", R_OK) == 0
    }

    /// The scheme before the first colon, in small letters.
    private static func scheme(of bytes: ArraySlice<UInt8>) -> String? {
        guard let colon = bytes.firstIndex(of: UInt8(ascii: ":")), colon > bytes.startIndex else { return nil }
        let name = bytes[..<colon].map { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) ? $0 | 0x20 : $0 }
        let letters = UInt8(ascii: "a")...UInt8(ascii: "z"), digits = UInt8(ascii: "0")...UInt8(ascii: "9")
        guard let first = name.first, letters.contains(first),
            name.allSatisfy({ letters.contains($0) || digits.contains($0) || $0 == 0x2B || $0 == 0x2D || $0 == 0x2E })
        else { return nil }
        return String(decoding: name, as: UTF8.self)
    }

    /// With `%41` as `A`.
    private static func decoded(_ bytes: some Collection<UInt8>) -> [UInt8] {
        let bytes = Array(bytes)
        var result: [UInt8] = []
        var place = 0
        while place < bytes.count {
            if bytes[place] == UInt8(ascii: "%"), place + 2 < bytes.count, let high = digit(bytes[place + 1]), let low = digit(bytes[place + 2]) {
                result.append(high << 4 | low)
                place += 3
            } else {
                result.append(bytes[place])
                place += 1
            }
        }
        return result
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
