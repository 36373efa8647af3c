import Diagnostics
import Foundation
import Testing

@testable import Images

struct ImageAttributesTests {
    private static func read(_ lines: [String], _ images: [String] = ["cat/1.jpg", "cat/2.jpg", "dog/1.jpg"]) throws -> ImageAttributes {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("attributes-\(UUID()).csv").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        try lines.joined(separator: "\r\n").write(toFile: path, atomically: true, encoding: .utf8)
        return try ImageAttributes(path: path, images: images)
    }

    @Test func `columns of yes and no, of words, and what is not known`() throws {
        let found = try Self.read([
            "furry,file,\"colour, main\",age,smiling", "1,cat/1.jpg,Black,0.5,yes", "-1,./cat/2.jpg,white,1.5,?", " 0 ,dog/1.jpg,,2.5,No",
        ])
        #expect(found.names == ["furry", "colour, main: black", "colour, main: white", "smiling"])
        #expect(found.values == [1, 0, 0, 1, 0, -1, 0, 1, -1, 1, -1, 0])
        #expect(found.remarks.count == 1 && found.remarks[0].contains("age"))
        let few = found.selecting(["dog/1.jpg", "cat/1.jpg", "new.jpg"])
        #expect(few.values == [0, 1, -1, -1, 1, -1, -1, 0, -1, 0, 1, -1] && few.images == 3)
    }

    @Test func `file names stand for paths where they are of one image alone`() throws {
        let found = try Self.read(["image,furry", "2.jpg,1", "1.jpg,1", "gone.jpg,0"])
        #expect(found.values == [-1, 1, -1] && found.remarks.contains { $0.contains("2 rows") && $0.contains("1.jpg") })
    }

    @Test(arguments: [
        (["image"], "no rows"), (["image", "cat/1.jpg"], "one column"), (["image,furry", "cat/1.jpg"], "line 2"), (["image,furry", "a.jpg,1"], "none of the images"),
        (["image,age", "cat/1.jpg,0.5", "cat/2.jpg,0.7"], "age"), (["image,a", "\"cat/1.jpg,1"], "quote"), ([], "no rows"),
    ])
    func `other tables are refused`(lines: [String], word: String) {
        #expect { try Self.read(lines) } throws: { error in (error as? Problem).map { "\($0.summary) \($0.explanation ?? "")".contains(word) } ?? false }
    }
}
