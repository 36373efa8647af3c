import Diagnostics
import Glibc
import Run

/// The site of a run that a booklet lies in or beside: its pages are linked to. Anywhere else links would break with the first move.
struct NeighbouringSite {
    /// From the booklet's folder to the site's, without a slash at its end: `..`, `../site`.
    let address: String
    private let path: String

    /// The site about `checkpoint` around `out`, else beside it; nil when there is none.
    static func find(around out: String, of checkpoint: NetworkDescription.Checkpoint) -> NeighbouringSite? {
        let parts = absolute(out).split(separator: "/").map(String.init)
        for level in 1..<max(2, min(8, parts.count)) where level <= parts.count {
            let path = "/" + parts.dropLast(level).joined(separator: "/")
            if isSite(path, of: checkpoint) {
                return NeighbouringSite(address: Array(repeating: "..", count: level).joined(separator: "/"), path: path)
            }
        }
        let parent = "/" + parts.dropLast().joined(separator: "/")
        guard case .entries(let names)? = try? FolderContent.of(parent) else { return nil }
        return names.sorted().prefix(1000).lazy.filter { $0 != parts.last }.compactMap { name -> NeighbouringSite? in
            let path = parent == "/" ? "/" + name : parent + "/" + name
            return isSite(path, of: checkpoint) ? NeighbouringSite(address: "../" + encoded(name), path: path) : nil
        }.first
    }

    /// The address of the site's page `page`; nil where the site does not have it.
    func page(_ page: String) -> String? { access(path + "/" + page, R_OK) == 0 ? address + "/" + page : nil }

    /// The page *Reproduce* of a site names the checkpoint.
    private static func isSite(_ path: String, of checkpoint: NetworkDescription.Checkpoint) -> Bool {
        guard access(path + "/" + SiteFolder.marker, R_OK) == 0, let page = try? FileBytes.read(path + "/reproduce.html") else { return false }
        return String(decoding: page, as: UTF8.self).contains(checkpoint.sha256)
    }

    private static func absolute(_ path: String) -> String {
        let whole: String
        if path.hasPrefix("/") {
            whole = path
        } else {
            guard let current = getcwd(nil, 0) else { return path }
            defer { free(current) }
            whole = String(cString: current) + "/" + path
        }
        var parts: [Substring] = []
        for part in whole.split(separator: "/") where part != "." {
            if part == ".." { _ = parts.popLast() } else { parts.append(part) }
        }
        return "/" + parts.joined(separator: "/")
    }

    /// A folder's name as a part of an address.
    private static func encoded(_ name: String) -> String {
        var result = ""
        for byte in name.utf8 {
            let scalar = Unicode.Scalar(byte)
            if scalar.isASCII && (scalar.properties.isAlphabetic || (0x30...0x39).contains(byte) || "-._~".unicodeScalars.contains(scalar)) {
                result.unicodeScalars.append(scalar)
            } else {
                result += (byte < 16 ? "%0" : "%") + String(byte, radix: 16, uppercase: true)
            }
        }
        return result
    }
}
