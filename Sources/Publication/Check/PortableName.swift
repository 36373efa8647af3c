/// Names that every disk can hold: those of Windows (Microsoft, *Naming Files, Paths, and Namespaces*) and of macOS.
enum PortableName {
    /// Windows takes 260 characters for a whole path; this leaves 80 for the folder that a site is unpacked into.
    static let longestPath = 180

    /// What Windows has against `name`; nil when nothing.
    static func objection(to name: String) -> String? {
        guard !name.isEmpty else { return "it is empty" }
        if let character = name.unicodeScalars.first(where: { $0.value < 32 || $0.value == 127 || "<>:\"|?*\\".unicodeScalars.contains($0) }) {
            return character.value < 33 || character.value == 127 ? "it holds a control character" : "it holds \(character)"
        }
        if name.hasSuffix(".") || name.hasSuffix(" ") { return "it ends in a \(name.hasSuffix(".") ? "full stop" : "space")" }
        if name.unicodeScalars.contains("\u{FFFD}") { return "it is no valid UTF-8" }
        let stem = name.prefix { $0 != "." }.lowercased().trimmingSuffix(" ")
        if devices.contains(stem) { return "“\(stem)” is a device there" }
        if name.utf16.count > 255 || name.utf8.count > 255 { return "it has more than 255 characters" }
        return nil
    }

    private static let devices: Set<String> = {
        var names: Set = ["con", "prn", "aux", "nul", "conin$", "conout$"]
        for digit in "0123456789¹²³" { names.formUnion(["com\(digit)", "lpt\(digit)"]) }
        return names
    }()

    /// The same for two names that a disk without regard to case, or with another normal form of Unicode, takes for one.
    static func folded(_ name: String) -> String { name.lowercased() }
}

extension StringProtocol {
    fileprivate func trimmingSuffix(_ character: Character) -> String {
        var text = self[...]
        while text.last == character { text.removeLast() }
        return String(text)
    }
}
