import Foundation

/// A golden file of `Fixtures`, made by `make_goldens.py` there.
func goldenFile<Content: Decodable>(_ name: String, as: Content.Type = Content.self) throws -> Content {
    let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Fixtures")
    return try JSONDecoder().decode(Content.self, from: Data(contentsOf: folder.appendingPathComponent("\(name).json")))
}
