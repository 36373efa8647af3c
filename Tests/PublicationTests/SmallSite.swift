import Foundation

/// A folder of a few files, gone when the test is over.
struct SmallSite {
    let path: String

    static let page = """
        <!DOCTYPE html>
        <html lang="en"><head><meta charset="utf-8"><title>A page</title>
        <link rel="stylesheet" href="style.css"><script src="code.js"></script></head>
        <body><h1 id="top-of-it">A page</h1><a href="deep/index.html#there">deep</a> <img src="dot.png" alt="a dot"></body></html>

        """

    /// A site that nothing is wrong with.
    static let sound: [String: String] = [
        "index.html": page,
        "style.css": "body { background: url(dot.png) }\n",
        "code.js": "// nothing\n",
        "deep/index.html": "<!DOCTYPE html><html lang=en><title>Deep</title><p id=there>\n<a href=\"../index.html#top-of-it\">up</a>\n<a href=?q#there>here</a>\n",
        ".nojekyll": "",
    ]

    /// The smallest PNG there is: one black dot.
    static let dot = Data(
        base64Encoded: "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg==") ?? Data()

    func write(_ files: [String: String]) throws {
        for (name, text) in files { try write(Data(text.utf8), to: name) }
    }

    func write(_ data: Data, to name: String) throws {
        let url = URL(fileURLWithPath: path + "/" + name)
        try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try data.write(to: url)
    }

    func read(_ name: String) throws -> String { try String(contentsOfFile: path + "/" + name, encoding: .utf8) }

    var files: [String] {
        get throws {
            try FileManager.default.subpathsOfDirectory(atPath: path).filter {
                var isFolder: ObjCBool = false
                return FileManager.default.fileExists(atPath: path + "/" + $0, isDirectory: &isFolder) && !isFolder.boolValue
            }.sorted()
        }
    }

    /// Calls `body` with a sound site and a folder to write to.
    static func with(_ more: [String: String] = [:], without: Set<String> = [], _ body: (SmallSite, String) throws -> Void) throws {
        let folder = NSTemporaryDirectory() + "vitrine-publication-" + UUID().uuidString
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let site = SmallSite(path: folder + "/site")
        try site.write(sound.merging(more) { $1 }.filter { !without.contains($0.key) })
        if !without.contains("dot.png") { try site.write(dot, to: "dot.png") }
        try body(site, folder)
    }
}
