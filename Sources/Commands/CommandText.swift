/// The command as a run records it.
enum CommandText {
    /// As it was given, as one shell line; the program by its name alone.
    static var current: String {
        (["vitrine"] + CommandLine.arguments.dropFirst()).map { word in
            let isPlain = !word.isEmpty && word.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "-_./,:=@%+".contains($0)) }
            return isPlain ? word : "'" + word.replacing("'", with: "'\\''") + "'"
        }.joined(separator: " ")
    }
}
