import Diagnostics
import Foundation
import Testing

@testable import Images

@Suite struct ArchiveTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private static let long = String(repeating: "a", count: 60) + "/" + String(repeating: "b", count: 60)
    private static let longer = String(repeating: "c", count: 80) + "/" + String(repeating: "d", count: 200)

    private func put(_ name: String, _ bytes: [UInt8]) throws -> String {
        let path = try folder.write(name)
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        return path
    }

    @Test("members are found in every form", arguments: ["ustar", "gnu", "pax"])
    func forms(form: String) throws {
        let set = try ImageFolder(path: Fixture.path("\(form).tar"))
        var names = ["cat/0.png", "cat/\(Self.long)/é.png", "dog/1.png", "dog/2.png"]
        if form != "ustar" { names.append("dog/\(Self.longer)/1.png") }
        #expect(set.items.map(\.relativePath) == names)
        #expect(set.classNames == ["cat", "dog"] && set.items.map(\.folder) == [0, 0, 1, 1] + (form == "ustar" ? [] : [1]))
        let image = try Fixture.bytes("grey2.png")
        #expect(set.items.prefix(4).map(\.fileSize) == [image.count, image.count, image.count + 4, image.count + 5])
        let picture = try ImageDecoder.decode(image, name: "grey2.png")
        for number in set.items.indices { #expect(try set.picture(number) == picture, "\(number)") }
        #expect(set.remarks() == ["Files that are not read: 1 .txt"])
    }

    @Test func webDataset() throws {
        let set = try ImageFolder(path: Fixture.path("webdataset.tar"))
        #expect(set.items.map(\.relativePath) == ["000001.png", "000002.png", "000003.left.png", "000004.png"])
        #expect(set.items.map { $0.folder.map { set.classNames[$0] } } == ["10", "3", "2", nil])
    }

    @Test func severalArchives() throws {
        let bytes = try Fixture.bytes("webdataset.tar")
        for name in ["s-08.tar", "s-09.tar", "s-10.tar"] { _ = try put(name, bytes) }
        let whole = try ImageFolder(path: folder.path)
        #expect(whole.items.count == 12 && whole.items[4].relativePath == "s-09.tar/000001.png")
        let range = try ImageFolder(path: folder.path + "/s-{09..10}.tar")
        #expect(range.items.elementsEqual(whole.items[4...]))
        #expect(throws: Problem.self) { try ImageFolder(path: folder.path + "/s-{09..11}.tar") }
        for wrong in ["s-{10..09}.tar", "s-{0..999999999}.tar", "s-{a..b}.tar", "s"] { #expect(ImageFolder.shards(wrong) == nil) }
        // ImageNet's archives, one a class.
        let ids = try TemporaryFolder()
        for name in ["n01440764.tar", "n01443537.tar"] {
            let flat = try Fixture.bytes("webdataset.tar").dropFirst(1024).prefix(1024) + [UInt8](repeating: 0, count: 1024)
            try Data(flat).write(to: URL(fileURLWithPath: ids.write(name)))
        }
        let classes = try ImageFolder(path: ids.path)
        #expect(classes.classNames == ["n01440764", "n01443537"] && classes.items.map(\.folder) == [0, 1])
    }

    @Test func damageIsAProblem() throws {
        let bytes = try Fixture.bytes("pax.tar")
        let cut = #expect(throws: Problem.self) { try ImageFolder(path: put("cut.tar", Array(bytes.prefix(512 * 3 + 100)))) }
        #expect(cut?.summary.contains("cut.tar") == true)
        let header = try Fixture.bytes("webdataset.tar").prefix(1024 + 100)
        let inHeader = #expect(throws: Problem.self) { try ImageFolder(path: put("header.tar", Array(header))) }
        #expect(inHeader?.summary.contains("cut short") == true && inHeader?.summary.contains("byte 1024") == true)
        for wrong in [[], [UInt8](repeating: 7, count: 600), [0x1F, 0x8B] + [UInt8](repeating: 7, count: 600)] as [[UInt8]] {
            let problem = #expect(throws: Problem.self) { try ImageFolder(path: put("wrong.tar", wrong)) }
            #expect(problem?.summary.contains("wrong.tar") == true)
            if wrong.first == 0x1F { #expect(problem?.description.contains("gzip -d") == true) }
        }
        for name in ["wrong.tar.gz", "wrong.TGZ"] {
            let compressed = #expect(throws: Problem.self) { try ImageFolder(path: put(name, [0x1F, 0x8B] + [UInt8](repeating: 7, count: 600))) }
            #expect(compressed?.summary.contains("compressed with gzip") == true)
        }
    }

    /// Whatever a header says, nothing outside the file is read and no memory is taken for it.
    @Test("changed archives are read or are problems", arguments: ["ustar.tar", "gnu.tar", "pax.tar", "webdataset.tar"])
    func mutations(name: String) throws {
        let bytes = try Fixture.bytes(name)
        var random = SeededGenerator(state: 4)
        for _ in 0..<100 {
            var changed = bytes
            let place = 512 * Int.random(in: 0..<(bytes.count / 512), using: &random)
            // A size beyond all reason, in octal or binary, and the checksum that goes with it.
            let sizes: [[UInt8]] = [Array("77777777777 ".utf8), [0x80, 0, 0, 0, 0xFF] + [UInt8](repeating: 0xFF, count: 7), [0xFF] + [UInt8](repeating: 0xFF, count: 11), Array("00000000001 ".utf8)]
            changed.replaceSubrange((place + 124)..<(place + 136), with: sizes.randomElement(using: &random) ?? [])
            changed[place + 156] = Array("0L5xg7S".utf8).randomElement(using: &random) ?? 0
            changed.replaceSubrange((place + 148)..<(place + 156), with: [UInt8](repeating: 0x20, count: 8))
            let sum = String(changed[place..<(place + 512)].reduce(0) { $0 + Int($1) }, radix: 8)
            changed.replaceSubrange((place + 148)..<(place + 148 + sum.utf8.count), with: sum.utf8)
            let path = try put("changed.tar", changed)
            do throws(Problem) {
                let set = try ImageFolder(path: path)
                for item in set.items { #expect((item.offset ?? 0) + item.fileSize <= changed.count) }
            } catch {
                #expect(error.summary.contains("changed.tar"))
            }
        }
    }
}
