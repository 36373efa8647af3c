/// What the modules of a network are called in a checkpoint, where they are not called as the architecture calls them: a table from the
/// one name to the other, of modules or of whole parts.
struct ModuleNames: Sendable {
    var table: [String: String] = [:]

    /// The name in the checkpoint of what the architecture calls `name`: by the longest part of it that is in the table.
    func callAsFunction(_ name: String) -> String {
        guard !table.isEmpty else { return name }
        var end = name.endIndex
        while true {
            if let other = table[String(name[..<end])] { return other + name[end...] }
            guard let dot = name[..<end].lastIndex(of: ".") else { return name }
            end = dot
        }
    }
}
