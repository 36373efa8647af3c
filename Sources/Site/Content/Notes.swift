import Diagnostics
import Run

/// A researcher's own notes, a Markdown file each: `site.md`, `LAYER.md`, `LAYER/UNIT.md`, `classes/NAME-OR-NUMBER.md`.
struct Notes {
    private(set) var site: Note?
    /// By name of the layer.
    private(set) var layers: [String: Note] = [:]
    /// By name of the layer, then number of the unit.
    private(set) var units: [String: [Int: Note]] = [:]
    /// By index.
    private(set) var classes: [Int: Note] = [:]
    /// Files that no page has a place for, each with the reason.
    private(set) var unused: [(path: String, reason: String)] = []

    static let none = Notes()

    private init() {}

    /// Those in `folder`; none where that is nil. `layers` are the reported ones with their numbers of units, `classNames` those of the classes
    /// that have a page.
    ///
    /// - Throws: `Problem` when a file cannot be read, is too long or no UTF-8.
    init(in folder: String?, layers: [(name: String, units: Int)], classNames: [String]) throws {
        guard let folder else { return }
        func entries(_ path: String) throws -> [String] {
            guard case .entries(let names) = try FolderContent.of(path) else { return [] }
            return names.filter { !$0.hasPrefix(".") }.sorted()
        }
        /// A layer goes by its own name, or by that of its folder in the site.
        func layer(_ name: String) -> (name: String, units: Int)? {
            layers.first { $0.name == name } ?? layers.first { RunPath.key(for: $0.name) == name }
        }
        for name in try entries(folder) {
            if FolderContent.isDirectory(folder + "/" + name) {
                for file in try entries(folder + "/" + name) where file.hasSuffix(".md") {
                    let path = name + "/" + file, stem = String(file.dropLast(3))
                    if let layer = layer(name) {
                        guard let unit = Int(stem), (0..<layer.units).contains(unit), String(unit) == stem else {
                            unused.append((path, "\(layer.name) has the units 0 to \(layer.units - 1)"))
                            continue
                        }
                        units[layer.name, default: [:]][unit] = try Note(path: path, in: folder)
                    } else if name == "classes" {
                        let named = classNames.indices.filter { classNames[$0] == stem }
                        if named.count > 1 {
                            unused.append((path, "\(named.count) classes have this name: call the file by the class's number"))
                        } else if let index = named.first ?? Int(stem).flatMap({ classNames.indices.contains($0) && String($0) == stem ? $0 : nil }) {
                            guard classes[index] == nil else {
                                unused.append((path, "the class has another note"))
                                continue
                            }
                            classes[index] = try Note(path: path, in: folder)
                        } else {
                            unused.append((path, "no class with a page has this name or number"))
                        }
                    } else {
                        unused.append((path, "the report has no layer of this name"))
                    }
                }
            } else if name == "site.md" {
                site = try Note(path: name, in: folder)
            } else if name.hasSuffix(".md"), let layer = layer(String(name.dropLast(3))) {
                self.layers[layer.name] = try Note(path: name, in: folder)
            } else if name.hasSuffix(".md") {
                unused.append((name, "the report has no layer of this name"))
            }
        }
    }
}

extension Note {
    /// For the part `note` of a page.
    var fields: Fields { ["note": ["html": html] as Fields] }
}
