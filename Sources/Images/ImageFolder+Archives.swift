internal import Diagnostics
internal import Foundation

/// Tar files as a data set. Images are read where they are; what is kept of an archive is where its members begin.
///
/// Where an image has a member of its own name beside it that ends in `.cls` or `.json` (WebDataset), that says its class:
/// a number, or the value of `label`, `cls`, `class` or `class_name`. Else folders within the archive are classes, as on disk, those
/// that all images lie in left out; or, of archives called as WordNet ids, the archives.
extension ImageFolder {
    /// Keys of a JSON object that hold a class.
    private static let classKeys = ["label", "cls", "class", "class_id", "class_name", "label_name"]

    private struct Entry {
        let archive: String
        let member: TarArchive.Member
        /// Below the folders that all images lie in.
        var path: [Substring]
        var className: String?
    }

    init(archives paths: [String], path: String, decoding: ImageDecoding) throws(Problem) {
        var entries: [Entry] = []
        var leftovers = Leftovers()
        for archive in paths {
            let tar = try TarArchive(path: archive)
            leftovers.unnameable += tar.unnameable
            let classes = try Self.classes(in: tar)
            for member in tar.members {
                let parts = member.name.split(separator: "/")
                if parts.contains(where: { $0.hasPrefix(".") }) { continue }
                if Self.hasImageExtension(member.name) {
                    entries.append(Entry(archive: archive, member: member, path: parts, className: classes[Self.key(of: member.name)]))
                } else if classes[Self.key(of: member.name)] == nil {
                    leftovers.kinds[Self.ending(of: member.name).map { ".\($0)" } ?? "", default: 0] += 1
                }
            }
        }
        guard !entries.isEmpty else {
            throw Problem(
                "\(path) holds no images", explanation: "members that end as images do were looked for" + (leftovers.words.map { "; there are \($0)" } ?? ""),
                remedy: "check the path")
        }
        if !entries.contains(where: { $0.className != nil }) { Self.classify(&entries, isOnlyOne: paths.count == 1) }
        let names = Set(entries.compactMap(\.className)).sorted(by: DirectoryListing.precedes)
        let indices = Dictionary(uniqueKeysWithValues: names.enumerated().map { ($1, $0) })
        let items = entries.map { entry in
            let name = entry.path.joined(separator: "/")
            let archive = entry.archive.split(separator: "/").last.map(String.init) ?? entry.archive
            return Item(
                relativePath: paths.count == 1 ? name : "\(archive)/\(name)", path: entry.archive,
                folder: entry.className.flatMap { indices[$0] }, fileSize: entry.member.size, offset: entry.member.offset)
        }
        self.init(path: path, classNames: names, items: items, decoding: decoding, leftovers: leftovers)
    }

    /// Gives images the classes of their folders and the order that they would have on disk.
    private static func classify(_ entries: inout [Entry], isOnlyOne: Bool) {
        // `test/cat/0000.jpg`: what all have in common says nothing, as long as folders remain.
        while let first = entries.first?.path.first, entries.allSatisfy({ $0.path.count > 2 && $0.path[0] == first }) {
            for place in entries.indices { entries[place].path.removeFirst() }
        }
        for place in entries.indices {
            let entry = entries[place]
            if entry.path.count > 1 {
                entries[place].className = String(entry.path[0])
            } else if let archive = entry.archive.split(separator: "/").last, let id = archive.wholeMatch(of: /(n\d{8})\.tar/) {
                entries[place].className = String(id.1)
            }
        }
        entries = entries.enumerated().sorted { a, b in
            func key(_ entry: Entry) -> [String] {
                [entry.className ?? "", isOnlyOne ? "" : entry.archive, entry.path.dropLast().joined(separator: "/"), String(entry.path.last ?? "")]
            }
            for (x, y) in zip(key(a.element), key(b.element)) where x != y { return DirectoryListing.precedes(x, y) }
            return a.offset < b.offset
        }.map(\.element)
    }

    /// A member's name up to the first dot of its last part: what belongs together has one key.
    private static func key(of name: String) -> String {
        let start = name.lastIndex(of: "/").map { name.index(after: $0) } ?? name.startIndex
        return String(name[..<(name[start...].firstIndex(of: ".") ?? name.endIndex)])
    }

    /// The class of each key that has a `.cls` or a `.json` member which says one.
    private static func classes(in tar: TarArchive) throws(Problem) -> [String: String] {
        var classes: [String: String] = [:]
        for member in tar.members where member.size <= 1 << 16 {
            let ending = ending(of: member.name)
            guard ending == "cls" || ending == "json" && classes[key(of: member.name)] == nil else { continue }
            let text = String(decoding: try TarArchive.bytes(of: tar.path, at: member.offset, count: member.size), as: UTF8.self)
            if ending == "cls" {
                let name = text.trimmingCharacters(in: .whitespacesAndNewlines)
                if !name.isEmpty { classes[key(of: member.name)] = name }
            } else if let object = try? JSONDecoder().decode([String: ClassValue].self, from: Data(text.utf8)) {
                classes[key(of: member.name)] = classKeys.lazy.compactMap { object[$0]?.text }.first
            }
        }
        return classes
    }

    /// A number or a text of a JSON object, and nothing of other values.
    private struct ClassValue: Decodable {
        let text: String?

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            text = (try? container.decode(Int.self)).map(String.init) ?? (try? container.decode(String.self))
        }
    }
}

extension ImageFolder {
    /// The files that `pattern` stands for: a range of numbers between braces, `shards-{000..009}.tar`, is each of them, with as
    /// many digits as the first. Nil without such a range, or for one that makes no sense.
    static func shards(_ pattern: String) -> [String]? {
        guard let range = pattern.firstMatch(of: /\{(\d{1,9})\.\.(\d{1,9})\}/), let first = Int(range.1), let last = Int(range.2),
            first <= last, last - first < 100_000
        else { return nil }
        return (first...last).map { number in
            let digits = String(number)
            let padded = String(repeating: "0", count: max(0, range.1.count - digits.count)) + digits
            return pattern.replacingCharacters(in: range.range, with: padded)
        }
    }
}
