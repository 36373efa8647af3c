import Diagnostics
import FoundationEssentials
import Glibc
import Run

/// The site of a run that a booklet lies in or beside: its pages are linked to. Anywhere else links would break with the first move.
struct NeighbouringSite {
    /// From the booklet's folder to the site's, without a slash at its end: `..`, `../site`.
    let address: String
    private let path: String

    /// The site of `run` around `out`, else beside it; nil when there is none. Sites of other runs, of the same checkpoint too, are none.
    static func find(around out: String, of run: RunManifest) -> NeighbouringSite? {
        let parts = absolute(out).split(separator: "/").map(String.init)
        for level in 1..<max(2, min(8, parts.count)) where level <= parts.count {
            let path = "/" + parts.dropLast(level).joined(separator: "/")
            if isSite(path, of: run) {
                return NeighbouringSite(address: Array(repeating: "..", count: level).joined(separator: "/"), path: path)
            }
        }
        let parent = "/" + parts.dropLast().joined(separator: "/")
        guard case .entries(let names)? = try? FolderContent.of(parent) else { return nil }
        return names.sorted().prefix(1000).lazy.filter { $0 != parts.last }.compactMap { name -> NeighbouringSite? in
            let path = parent == "/" ? "/" + name : parent + "/" + name
            return isSite(path, of: run) ? NeighbouringSite(address: "../" + encoded(name), path: path) : nil
        }.first
    }

    /// The address of the site's page `page`; nil where the site does not have it.
    func page(_ page: String) -> String? { access(path + "/" + page, R_OK) == 0 ? address + "/" + page : nil }

    /// What `report.json` says of the run that a site shows.
    private struct Subject: Decodable {
        struct Network: Decodable { var checkpoint: NetworkDescription.Checkpoint }
        struct Images: Decodable { var listing: String }

        var network: Network
        var images: Images
        var options: RunOptions

        func isLike(_ run: RunManifest) -> Bool {
            network.checkpoint.sha256 == run.network.checkpoint.sha256 && images.listing == run.images.listing
                && RecordedOption.differences(options.identity, run.options.identity).isEmpty
                && RecordedOption.differences(options.additions, run.options.additions).isEmpty
        }
    }

    /// The page *Reproduce* of a site names the checkpoint, its `report.json` the run; the longer file is read where the shorter one fits.
    private static func isSite(_ path: String, of run: RunManifest) -> Bool {
        guard access(path + "/" + SiteFolder.marker, R_OK) == 0, let page = try? FileBytes.read(path + "/reproduce.html"),
            String(decoding: page, as: UTF8.self).contains(run.network.checkpoint.sha256),
            let report = try? FileBytes.regular(path + "/report.json", upTo: 256 << 20)
        else { return false }
        return (try? JSONDecoder().decode(Subject.self, from: Data(report)))?.isLike(run) ?? false
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
