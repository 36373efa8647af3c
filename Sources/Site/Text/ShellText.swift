/// Text from outside as a word of a command that a reader copies into a shell.
enum ShellText {
    /// `text` on one line, within quotes where a shell would see more in it than a word.
    static func word(_ text: String) -> String {
        let text = PlainText.safe(text).split(separator: "\n", omittingEmptySubsequences: false).joined(separator: " ")
        let isPlain = !text.isEmpty && text.first != "-" && text.utf8.allSatisfy { byte in
            (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte) || "-_./:=@+".utf8.contains(byte)
        }
        return isPlain ? text : "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
    }
}
