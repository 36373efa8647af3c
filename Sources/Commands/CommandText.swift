/// The command as a run records it, and words for its lines.
enum CommandText {
    /// As it was given, as one shell line; the program by its name alone.
    static var current: String { line(["vitrine"] + CommandLine.arguments.dropFirst()) }

    /// The same without `options` and their values: how work is divided is not what is done.
    static func current(without options: Set<String>) -> String {
        var words = CommandLine.arguments.dropFirst(), kept = ["vitrine"]
        while let word = words.popFirst() {
            if options.contains(word) { words = words.dropFirst() } else if !options.contains(String(word.prefix { $0 != "=" })) { kept.append(word) }
        }
        return line(kept)
    }

    /// A number and what is counted: `1 class`, `2 classes`.
    static func count(_ number: Int, _ one: String, _ many: String? = nil) -> String { "\(number) \(number == 1 ? one : many ?? one + "s")" }

    /// One shell line of `words`.
    static func line(_ words: [String]) -> String {
        words.map { word in
            let isPlain = !word.isEmpty && word.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "-_./,:=@%+".contains($0)) }
            return isPlain ? word : "'" + word.replacing("'", with: "'\\''") + "'"
        }.joined(separator: " ")
    }

    /// The words of a shell line as `current` writes it; nil for what it does not write: a quote without its partner, variables and the like
    /// are not interpreted.
    static func words(of line: String) -> [String]? {
        var words: [String] = [], word: String?
        var rest = line[...]
        while let letter = rest.first {
            switch letter {
            case " ":
                if let done = word { words.append(done) }
                word = nil
                rest = rest.dropFirst()
            case "'":
                guard let end = rest.dropFirst().firstIndex(of: "'") else { return nil }
                word = (word ?? "") + rest[rest.index(after: rest.startIndex)..<end]
                rest = rest[rest.index(after: end)...]
            case "\\":
                guard let next = rest.dropFirst().first else { return nil }
                word = (word ?? "") + String(next)
                rest = rest.dropFirst(2)
            default:
                word = (word ?? "") + String(letter)
                rest = rest.dropFirst()
            }
        }
        if let word { words.append(word) }
        return words
    }
}
