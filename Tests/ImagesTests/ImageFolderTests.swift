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
        let expected = set.items.map {
            ImageFolder.Item(
                relativePath: $0.relativePath, path: folder.path + "/" + $0.relativePath, folder: $0.folder, fileSize: $0.fileSize)
        }
        #expect(try Array(ImageFolder(path: folder.path + "/").items) == expected)
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

    @Test func otherKindsOfImages() throws {
        for name in ["cat/1.webp", "cat/2.TIF", "cat/3.bmp", "cat/4.gif", "dog/5.pgm", "dog/6.tiff", "dog/7.ppm", "dog/8.pnm"] { try folder.write(name) }
        #expect(try ImageFolder(path: folder.path).items.count == 8)
    }

    @Test func filesWithoutAnEndingAreImagesByTheirBytes() throws {
        try folder.write("cat/README", "not an image, though long enough")
        try folder.write("cat/short", "P5")
        let bytes = try Fixture.bytes("grey8.png")
        for name in ["cat/image", "cat/image.backup"] {
            try folder.write(name)
            try Data(bytes).write(to: URL(fileURLWithPath: "\(folder.path)/\(name)"))
        }
        let set = try ImageFolder(path: folder.path)
        #expect(set.items.map(\.relativePath) == ["cat/image"])
        #expect(try set.picture(0) == ImageDecoder.decode(bytes, name: "image"))
        #expect(set.remarks() == [
            "Besides PNG and JPEG there are images of other kinds: 1 without an ending in cat",
            "Files that are not read: 2 without an ending, 1 .backup",
        ])
    }

    @Test func whatIsLeftOutIsSaid() throws {
        for name in ["cat/1.png", "dog/2.png", "dog/a.txt", "dog/b.TXT", "cat/film.mp4", "bird/notes.txt", "dog/.hidden.txt", ".git/x.txt"] {
            try folder.write(name)
        }
        let remarks = try ImageFolder(path: folder.path).remarks()
        #expect(remarks == ["Folders without an image: bird", "Files that are not read: 3 .txt, 1 .mp4"])
        let nothing = #expect(throws: Problem.self) { try ImageFolder(path: folder.path + "/bird") }
        #expect(nothing?.description.contains("1 .txt") == true)
    }

    /// Makes an empty file, or a folder, whose name is these bytes, which may be no text.
    private func make(_ name: [UInt8], isFolder: Bool = false) {
        let path = Array("\(folder.path)/cat/".utf8) + name + [0]
        path.withUnsafeBufferPointer { bytes in
            bytes.withMemoryRebound(to: CChar.self) { path in
                if isFolder { #expect(mkdir(path.baseAddress!, 0o700) == 0) } else { #expect(close(open(path.baseAddress!, O_CREAT | O_WRONLY, 0o600)) == 0) }
            }
        }
    }

    @Test func namesThatAreNotUTF8AreSkippedAndSaid() throws {
        try folder.write("cat/1.png")
        make([0xC3, 0xA8, 0xE8] + Array(".jpg".utf8))
        make(Array("caf".utf8) + [0xE9] + Array(".txt".utf8))
        make([0x64, 0xE9], isFolder: true)
        let set = try ImageFolder(path: folder.path)
        #expect(set.items.map(\.relativePath) == ["cat/1.png"])
        #expect(set.remarks() == ["Files that are not read: 1 .txt", "Skipped 2 whose names are not UTF-8 or lead elsewhere: cat/d\u{FFFD}, cat/\u{E8}\u{FFFD}.jpg"])
    }

    @Test func aLookAtThePictures() throws {
        func survey(_ data: String, _ decoding: ImageDecoding = ImageDecoding()) throws -> [String] {
            try folder.write("1.pgm", data)
            let remarks = try ImageFolder(path: folder.path, decoding: decoding).remarks()
            #expect(remarks.first == "Besides PNG and JPEG there are images of other kinds: 1 .pgm")
            return Array(remarks.dropFirst())
        }
        #expect(try survey("P2 1 1 255 7") == [])
        // Two of 65535 read as one of them, the other 4095.
        let dark = try survey("P2 2 1 65535 7 4095")
        #expect(dark.count == 1 && dark[0].contains("up to 4095") && dark[0].contains("--grey-bits 12"))
        let clipped = try survey("P2 2 1 65535 7 65535")
        #expect(clipped.count == 1 && clipped[0].contains("grey of 16 bits, values up to 65535") && clipped[0].contains("--grey-bits 8"))
        #expect(try survey("P2 2 1 65535 7 255").first?.contains("as Pillow reads them") == true)
        #expect(try survey("P2 2 1 65535 7 4095", ImageDecoding(greyBits: 12)) == ["Of grey values of more than 8 bits the lowest 12 bits are used"])
        try FileManager.default.removeItem(atPath: folder.path + "/1.pgm")
        try FileManager.default.copyItem(atPath: Fixture.path("exif6.jpg"), toPath: folder.path + "/2.jpg")
        #expect(try ImageFolder(path: folder.path).remarks().first?.contains("1 of 1 images looked at carry a note") == true)
        let ignoring = try ImageFolder(path: folder.path, decoding: ImageDecoding(orientation: .ignored))
        #expect(ignoring.remarks() == ["Pictures are taken as they are stored: notes how to turn them are not read"])
        func listing(_ set: ImageFolder) -> [UInt8] {
            var bytes: [UInt8] = []
            set.forEachPieceOfListing { bytes += $0 }
            return bytes
        }
        #expect(try listing(ignoring) != listing(ImageFolder(path: folder.path)))
    }
}
