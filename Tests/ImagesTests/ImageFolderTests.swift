import Diagnostics
import Foundation
import Testing

@testable import Images

@Suite struct ImageFolderTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    @Test func classFolders() throws {
        for name in ["dog/b.JPG", "dog/a.png", "cat/x/2.jpeg", "cat/z.jpg", "cat/B.jpg", "cat/notes.txt", "cat/.hidden.png", ".git/1.png", "a-b/1.png", "a/1.png"] {
            try folder.write(name, name)
        }
        try FileManager.default.createDirectory(atPath: folder.path + "/void", withIntermediateDirectories: true)
        let set = try ImageFolder(path: folder.path)
        #expect(set.classNames == ["a", "a-b", "cat", "dog"])
        #expect(set.emptyFolders == ["void"])
        #expect(set.items.map(\.relativePath) == ["a/1.png", "a-b/1.png", "cat/B.jpg", "cat/z.jpg", "cat/x/2.jpeg", "dog/a.png", "dog/b.JPG"])
        #expect(set.items.map(\.folder) == [0, 1, 2, 2, 2, 3, 3])
        #expect(set.items[4].path == folder.path + "/cat/x/2.jpeg")
        #expect(set.items[4].fileSize == "cat/x/2.jpeg".utf8.count)
        #expect(try ImageFolder(path: folder.path + "/").items == set.items.map {
            .init(relativePath: $0.relativePath, path: folder.path + "/" + $0.relativePath, folder: $0.folder, fileSize: $0.fileSize)
        })
    }

    @Test func flatFolder() throws {
        for name in ["b.png", "a.jpg", "Z.png", "é.png", "_.png"] { try folder.write(name) }
        let set = try ImageFolder(path: folder.path)
        #expect(set.classNames.isEmpty)
        #expect(set.items.map(\.relativePath) == ["Z.png", "_.png", "a.jpg", "b.png", "é.png"])
        #expect(set.items.allSatisfy { $0.folder == nil })
    }

    @Test func oneImage() throws {
        let path = try folder.write("one.png", "123")
        #expect(try ImageFolder(path: path).items == [.init(relativePath: "one.png", path: path, folder: nil, fileSize: 3)])
    }

    @Test func nothingIsAProblem() throws {
        try folder.write("cat/readme.txt")
        let empty = #expect(throws: Problem.self) { try ImageFolder(path: folder.path) }
        #expect(empty?.description.contains(".jpeg") == true)
        #expect(throws: Problem.self) { try ImageFolder(path: folder.path + "/missing") }
        #expect(throws: Problem.self) { try ImageFolder(path: "/dev/null") }
    }

    @Test func aMixtureIsAProblem() throws {
        try folder.write("1.png")
        try folder.write("cat/2.png")
        let problem = #expect(throws: Problem.self) { try ImageFolder(path: folder.path) }
        #expect(problem?.summary.contains("cat/2.png") == true)
    }

    @Test func linksAreFollowedOnceAndLoopsEnd() throws {
        try folder.write("cat/1.png")
        try folder.write("cat/more/2.png")
        try folder.write("dog/3.png")
        let manager = FileManager.default
        try manager.createSymbolicLink(atPath: folder.path + "/cat/loop", withDestinationPath: "..")
        try manager.createSymbolicLink(atPath: folder.path + "/cat/more/self", withDestinationPath: ".")
        try manager.createSymbolicLink(atPath: folder.path + "/cat/again", withDestinationPath: "more")
        try manager.createSymbolicLink(atPath: folder.path + "/cat/gone.png", withDestinationPath: "nowhere")
        try manager.createSymbolicLink(atPath: folder.path + "/cat/ring.png", withDestinationPath: "ring.png")
        try manager.createSymbolicLink(atPath: folder.path + "/linked", withDestinationPath: "dog")
        #expect(mkfifo(folder.path + "/cat/pipe.png", 0o600) == 0)
        let set = try ImageFolder(path: folder.path)
        #expect(set.classNames == ["cat", "dog", "linked"])
        #expect(set.items.map(\.relativePath) == ["cat/1.png", "cat/gone.png", "cat/ring.png", "cat/again/2.png", "dog/3.png", "linked/3.png"])
    }

    @Test(.enabled(if: geteuid() != 0, "nothing is unreadable to root")) func unreadableFoldersAreProblems() throws {
        try folder.write("cat/1.png")
        try folder.write("dog/1.png")
        chmod(folder.path + "/dog", 0)
        defer { chmod(folder.path + "/dog", 0o700) }
        #expect(throws: Problem.self) { try ImageFolder(path: folder.path) }
    }

    @Test func textFile() throws {
        for name in ["images/b.png", "images/a.png", "c.jpg"] { try folder.write(name, "12") }
        let list = try folder.write("list.txt", "\u{FEFF}# wanted\r\nimages/b.png\tcat\r\n\r\nimages/a.png\r\n\(folder.path)/c.jpg\tant\r\n")
        let set = try ImageFolder(path: list)
        #expect(set.classNames == ["ant", "cat"])
        #expect(set.items.map(\.relativePath) == ["images/b.png", "images/a.png", "\(folder.path)/c.jpg"])
        #expect(set.items.map(\.folder) == [1, nil, 0])
        #expect(set.items.map(\.path) == ["/images/b.png", "/images/a.png", "/c.jpg"].map { folder.path + $0 })
        #expect(set.items.allSatisfy { $0.fileSize == 2 })
        #expect(set.emptyFolders.isEmpty)
    }

    @Test func badTextFiles() throws {
        try folder.write("a.png")
        let missing = try folder.write("missing.txt", "a.png\nb.png\nc.png\n")
        let problem = #expect(throws: Problem.self) { try ImageFolder(path: missing) }
        #expect(problem?.summary.contains("2 images") == true && problem?.summary.contains("b.png (line 2)") == true)
        for text in ["", "# nothing\n\n", "a.png\tcat\tdog\n"] {
            let list = try folder.write("list.txt", text)
            #expect(throws: Problem.self) { try ImageFolder(path: list) }
        }
        let binary = try folder.write("binary.txt")
        try Data([0xFF, 0xFE, 0x80]).write(to: URL(fileURLWithPath: binary))
        #expect(throws: Problem.self) { try ImageFolder(path: binary) }
    }
}
