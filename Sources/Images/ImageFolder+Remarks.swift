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
        if let words = leftovers.words { remarks.append("Files that are not read: \(words)") }
        if !leftovers.unnameable.isEmpty {
            remarks.append("Skipped \(leftovers.unnameable.count) whose names are not UTF-8: \(Self.shortened(leftovers.unnameable))")
        }
        return remarks + ImageSurvey(of: self).remarks
    }

    private static func shortened(_ names: [String]) -> String {
        names.prefix(10).joined(separator: ", ") + (names.count > 10 ? " and \(names.count - 10) others" : "")
    }
}
