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

    init(archives paths: [String], path: String, decoding: ImageDecoding) throws(Problem) {
        var items = ImageItems()
        var leftovers = Leftovers()
        // Classes that members beside images say, in the order in which they came.
        var said: [String] = [], numbers: [String: Int] = [:]
        for archive in paths {
            let tar = try TarArchive(path: archive)
            leftovers.unnameable += tar.unnameable
            let classes = try Self.classes(in: tar)
            for member in tar.members {
                let parts = member.name.split(separator: "/")
                if parts.contains(where: { $0.hasPrefix(".") }) { continue }
                if let leaf = parts.last, Self.hasImageExtension(member.name) {
                    let number = classes[Self.key(of: member.name)].map { name in
                        let number = numbers[name] ?? said.count
                        if number == said.count {
                            said.append(name)
                            numbers[name] = number
                        }
                        return number
                    }
                    items.append(
                        leaf.utf8,
                        in: .init(path: archive, isWhole: true, relative: parts.dropLast().map { "\($0)/" }.joined()), folder: number,
                        fileSize: member.size, offset: member.offset)
                } else if classes[Self.key(of: member.name)] == nil {
                    leftovers.kinds[Self.ending(of: member.name).map { ".\($0)" } ?? "", default: 0] += 1
                }
            }
        }
        guard !items.isEmpty else {
            throw Problem(
                "\(path) holds no images", explanation: "members that end as images do were looked for" + (leftovers.words.map { "; there are \($0)" } ?? ""),
                remedy: "check the path")
        }
        let names: [String]
        if said.isEmpty {
            names = Self.classify(&items)
        } else {
            names = said.sorted(by: DirectoryListing.precedes)
            let sorted = Dictionary(uniqueKeysWithValues: names.enumerated().map { ($1, $0) })
            items.renumberFolders { sorted[said[$0]] }
        }
        if paths.count > 1 {
            items.rename { "\($0.path.split(separator: "/").last.map(String.init) ?? $0.path)/\($0.relative)" }
        }
        self.init(path: path, classNames: names, items: items, decoding: decoding, leftovers: leftovers)
    }

    /// Gives images the classes of their folders and the order that they would have on disk. Returns the classes' names, in byte order.
    private static func classify(_ items: inout ImageItems) -> [String] {
        func first(_ directory: ImageItems.Directory) -> Substring? { directory.relative.split(separator: "/").first }
        // `test/cat/0000.jpg`: what all have in common says nothing, as long as folders remain.
        while let common = items.directories.first.flatMap(first),
            items.directories.allSatisfy({ first($0) == common && $0.relative.utf8.count { $0 == UInt8(ascii: "/") } > 1 }) {
            items.rename { String(Substring($0.relative.utf8.dropFirst(common.utf8.count + 1))) }
        }
        let classes = items.directories.map { directory -> String? in
            if let name = first(directory) { return String(name) }
            guard let archive = directory.path.split(separator: "/").last, let id = archive.wholeMatch(of: /(n\d{8})\.tar/) else { return nil }
            return String(id.1)
        }
        let names = Set(classes.compactMap { $0 }).sorted(by: DirectoryListing.precedes)
        let indices = Dictionary(uniqueKeysWithValues: names.enumerated().map { ($1, $0) })
        items.setFolders(classes.map { $0.flatMap { indices[$0] } })
        let order = items.directories.indices.sorted { a, b in
            func key(_ number: Int) -> [String] { [classes[number] ?? "", items.directories[number].path, String(items.directories[number].relative.dropLast())] }
            for (x, y) in zip(key(a), key(b)) where x != y { return DirectoryListing.precedes(x, y) }
            return a < b
        }
        var ranks = [Int](repeating: 0, count: order.count)
        for (rank, number) in order.enumerated() { ranks[number] = rank }
        items.sort(byDirectory: ranks)
        return names
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
