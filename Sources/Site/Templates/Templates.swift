import Diagnostics
import Mustache

/// The templates of a site: those that come with the program, each replaced by the user's file of the same name if there
/// is one.
struct Templates {
    private let library: MustacheLibrary

    /// Reads all templates.
    ///
    /// - Throws: `Problem` naming the file when one cannot be read or is not valid Mustache.
    init(bundled: String, override: String?) throws {
        var library = MustacheLibrary()
        var names = Set<String>()
        if let override {
            guard case .entries = try FolderContent.of(override) else {
                throw Problem("there are no templates at \(override)", remedy: "Name a folder with templates in it.", kind: .usage)
            }
        }
        // The user's first: what is registered is not registered again.
        for folder in [override, bundled].compactMap({ $0 }) {
            for file in try Self.files(in: folder) where names.insert(file.name).inserted {
                let path = folder + "/" + file.path
                guard let bytes = try FileBytes.read(path) else { continue }
                let isMarkdown = file.path.hasSuffix(".md")
                // Texts for Markdown are made literal before they get here; HTML's escaping on top would show.
                let text = (isMarkdown ? "{{% CONTENT_TYPE:TEXT}}" : "") + String(decoding: bytes, as: UTF8.self)
                do { try library.register(text, named: file.name) } catch {
                    throw Problem(
                        "cannot use the template \(path): \(Self.reason(of: error))",
                        explanation: "It is not valid Mustache.", kind: folder == override ? .usage : .failure)
                }
            }
        }
        self.library = library
    }

    /// The text that the template `name` (its path without extension) gives for `fields`.
    ///
    /// - Throws: `Problem` when there is no such template.
    func render(_ name: String, _ fields: Fields) throws -> String {
        guard let text = library.render(fields, withTemplate: name) else {
            throw Problem("the template \(name) is missing", explanation: "The program's own templates are incomplete.")
        }
        return text
    }

    private static func files(in folder: String) throws -> [(name: String, path: String)] {
        var files: [(String, String)] = []
        func visit(_ prefix: String) throws {
            guard case .entries(let names) = try FolderContent.of(prefix.isEmpty ? folder : folder + "/" + prefix) else { return }
            for name in names where !name.hasPrefix(".") && name != "README.md" {
                let path = prefix.isEmpty ? name : prefix + "/" + name
                if let dot = path.lastIndex(of: "."), path[dot...] == ".mustache" || path[dot...] == ".md" {
                    files.append((String(path[..<dot]), path))
                } else if !name.contains(".") {
                    try visit(path)
                }
            }
        }
        try visit("")
        return files
    }

    private static func reason(of error: any Error) -> String {
        guard let error = error as? MustacheTemplate.ParserError else { return "\(error)" }
        return "\(error.error), line \(error.context.lineNumber): \(error.context.line)"
    }
}
