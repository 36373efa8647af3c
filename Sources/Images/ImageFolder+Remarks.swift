internal import Diagnostics

extension ImageFolder.Leftovers {
    /// The files that are no images, by kind, the most frequent first; nil without any.
    var words: String? {
        let sorted = kinds.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
        guard !sorted.isEmpty else { return nil }
        let shown = sorted.prefix(8).map { "\($0.value) \($0.key.isEmpty ? "without an ending" : $0.key)" }
        return shown.joined(separator: ", ") + (sorted.count > 8 ? " and \(sorted.count - 8) other kinds" : "")
    }
}

extension ImageFolder {
    /// What a person should hear of before the work begins: where classes come from, what was left out, which folders hold no
    /// image, and what was assumed of pictures that are turned or have more than 8 bits, of which some are looked at.
    public func remarks() -> [String] {
        var remarks: [String] = []
        if let source { remarks.append("Classes are those of \(source)") }
        if !emptyFolders.isEmpty {
            remarks.append("Folders without an image: \(Self.shortened(emptyFolders))")
        }
        if let words = otherKinds { remarks.append("Besides PNG and JPEG there are images of other kinds: \(words)") }
        if let words = leftovers.words { remarks.append("Files that are not read: \(words)") }
        if !leftovers.unnameable.isEmpty {
            remarks.append("Skipped \(leftovers.unnameable.count) whose names are not UTF-8 or lead elsewhere: \(Self.shortened(leftovers.unnameable))")
        }
        if decoding.orientation == .ignored { remarks.append("Pictures are taken as they are stored: notes how to turn them are not read") }
        if let bits = decoding.greyBits { remarks.append("Of grey values of more than 8 bits the lowest \(bits) bits are used") }
        return remarks + ImageSurvey(of: self).remarks
    }

    /// Images of other kinds than PNG and JPEG by the endings of their names, how many and in which folders; nil without any.
    private var otherKinds: String? {
        var found: [String: (count: Int, folders: Set<Int>)] = [:]
        for item in items {
            let ending = Self.ending(of: item.relativePath)
            if let ending, PNGDecoder.endings.contains(ending) || JPEGDecoder.endings.contains(ending) { continue }
            var known = found[ending ?? ""] ?? (0, [])
            known.count += 1
            if let folder = item.folder { known.folders.insert(folder) }
            found[ending ?? ""] = known
        }
        guard !found.isEmpty else { return nil }
        return found.sorted { ($1.value.count, $0.key) < ($0.value.count, $1.key) }.map { ending, known in
            let names = known.folders.sorted().map { classNames[$0] }
            let place = names.isEmpty ? "" : names.count > 3 ? " in \(names.count) folders" : " in \(names.joined(separator: ", "))"
            return "\(known.count) \(ending.isEmpty ? "without an ending" : ".\(ending)")\(place)"
        }.joined(separator: "; ")
    }

    private static func shortened(_ names: [String]) -> String {
        names.prefix(10).joined(separator: ", ") + (names.count > 10 ? " and \(names.count - 10) others" : "")
    }
}
