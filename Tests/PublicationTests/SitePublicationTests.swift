import CZip
import Diagnostics
import Foundation
import Testing

@testable import Publication

struct SitePublicationTests {
    private func publish(_ site: SmallSite, to folder: String) throws -> PublicationResult {
        try SitePublication(site.path).publish(to: .folder(folder))
    }

    @Test func theCopyIsWholeAndListed() throws {
        try SmallSite.with([".git/config": "mine", ".vitrine-site": "index.html\n"], without: [".nojekyll"]) { site, folder in
            let result = try publish(site, to: folder + "/new/docs")
            #expect(result.added == 6 && result.files == 6 && result.removed == 0 && result.kept == [])
            let copy = SmallSite(path: folder + "/new/docs")
            #expect(try copy.files == [".nojekyll", "SHA256SUMS", "code.js", "deep/index.html", "dot.png", "index.html", "style.css"])
            #expect(try copy.read("index.html") == SmallSite.page)
            // Its own check, independent of ours.
            let check = Process()
            check.executableURL = URL(fileURLWithPath: "/usr/bin/sha256sum")
            check.arguments = ["--check", "--strict", "--quiet", "SHA256SUMS"]
            check.currentDirectoryURL = URL(fileURLWithPath: copy.path)
            try check.run()
            check.waitUntilExit()
            #expect(check.terminationStatus == 0)
        }
    }

    @Test func onlyWhatVitrinePutThereIsReplacedOrRemoved() throws {
        try SmallSite.with(["old/a.txt": "old", "old/b.txt": "old", "gone.txt": "old"]) { site, folder in
            let copy = SmallSite(path: folder + "/docs")
            try copy.write(["CNAME": "example.org", ".git/config": "mine", "old/mine.txt": "mine"])
            _ = try publish(site, to: copy.path)
            try copy.write(["old/b.txt": "changed by somebody"])
            for name in ["old", "gone.txt"] { try FileManager.default.removeItem(atPath: site.path + "/" + name) }
            try site.write(["code.js": "// new\n"])
            func inode(_ name: String) throws -> Int {
                try FileManager.default.attributesOfItem(atPath: copy.path + "/" + name)[.systemFileNumber] as? Int ?? 0
            }
            let before = try inode("index.html")
            let result = try publish(site, to: copy.path)
            #expect(result.added == 0 && result.replaced == 1 && result.unchanged == 5 && result.removed == 2)
            #expect(result.kept == ["old/b.txt"])
            #expect(try inode("index.html") == before)
            #expect(
                try copy.files == [
                    ".git/config", ".nojekyll", "CNAME", "SHA256SUMS", "code.js", "deep/index.html", "dot.png", "index.html", "old/b.txt",
                    "old/mine.txt", "style.css",
                ])
            #expect(try copy.read("code.js") == "// new\n" && copy.read("CNAME") == "example.org")
            // What was kept is no longer ours: it is not named again.
            #expect(try publish(site, to: copy.path).kept == [])
        }
    }

    @Test func emptyFoldersGoWithTheirFiles() throws {
        try SmallSite.with(["a/b/c.txt": ""]) { site, folder in
            _ = try publish(site, to: folder + "/docs")
            try FileManager.default.removeItem(atPath: site.path + "/a")
            _ = try publish(site, to: folder + "/docs")
            #expect(!FileManager.default.fileExists(atPath: folder + "/docs/a"))
        }
    }

    /// In every case nothing may have been changed.
    @Test(arguments: [
        ["index.html": "mine"], ["SHA256SUMS": "mine"], ["deep": "a file"],
        ["SHA256SUMS": ChecksumList.heading + "\n" + String(repeating: "0", count: 64) + "  ../../mine.txt\n"],
        ["SHA256SUMS": ChecksumList.heading + "\nnonsense\n"],
    ])
    func whatIsForeignIsNotWrittenOver(_ there: [String: String]) throws {
        try SmallSite.with { site, folder in
            let copy = SmallSite(path: folder + "/docs")
            try copy.write(there)
            #expect(throws: Problem.self) { try publish(site, to: copy.path) }
            #expect(try copy.files == there.keys.sorted())
            for (name, text) in there { #expect(try copy.read(name) == text) }
        }
    }

    @Test func linksInTheTargetAreNotFollowed() throws {
        try SmallSite.with { site, folder in
            let copy = SmallSite(path: folder + "/docs")
            try copy.write(["CNAME": ""])
            try FileManager.default.createDirectory(atPath: folder + "/elsewhere", withIntermediateDirectories: true)
            try FileManager.default.createSymbolicLink(atPath: copy.path + "/deep", withDestinationPath: folder + "/elsewhere")
            #expect(throws: Problem.self) { try publish(site, to: copy.path) }
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder + "/elsewhere") == [])
            #expect(try copy.files == ["CNAME"])
        }
    }

    /// As a process leaves it that was killed in the middle: a list of before, a journal, some files of each, one half written.
    @Test func aKilledPublicationIsGoneOnWith() throws {
        try SmallSite.with(["gone.txt": "old"]) { site, folder in
            let copy = SmallSite(path: folder + "/docs"), second = SmallSite(path: folder + "/second")
            _ = try publish(site, to: copy.path)
            let list = try copy.read("SHA256SUMS")
            try FileManager.default.removeItem(atPath: site.path + "/gone.txt")
            try site.write(["code.js": "// second\n", "new.txt": "second\n"])
            _ = try publish(site, to: second.path)
            let other = try second.read("SHA256SUMS")
            try copy.write([
                FolderPublication.journal: list + other.split(separator: "\n").dropFirst().joined(separator: "\n") + "\n",
                "code.js": "// second\n", "new.txt": "second\n", "deep/.vitrine-tmp-1-x": "half",
            ])
            // A third site is published before the second was finished.
            try site.write(["code.js": "// third\n", "new.txt": "third\n"])
            let result = try publish(site, to: copy.path)
            #expect(result.replaced == 2 && result.removed == 1 && result.kept == [])
            #expect(try copy.files == [".nojekyll", "SHA256SUMS", "code.js", "deep/index.html", "dot.png", "index.html", "new.txt", "style.css"])
            #expect(try copy.read("new.txt") == "third\n")
        }
    }

    @Test func aSiteWithErrorsIsPublishedOnlyWhenAsked() throws {
        try SmallSite.with(["page.html": "<a href=gone.html>x</a>"]) { site, folder in
            var seen = 0
            let publication = SitePublication(site.path), target = SitePublication.Destination.folder(folder + "/docs")
            #expect(throws: Problem.self) { _ = try publication.publish(to: target, report: { seen = $0.errors }) }
            #expect(seen == 1 && !FileManager.default.fileExists(atPath: folder + "/docs"))
            let result = try publication.publish(to: target, ignoresErrors: true)
            #expect(result.added == 7)
        }
    }

    @Test func archivesOfOneSiteAreEqual() throws {
        try SmallSite.with(["\u{FC}ber/a.txt": String(repeating: "text ", count: 1_000)], without: [".nojekyll"]) { site, folder in
            let first = folder + "/first.zip", second = folder + "/second.zip"
            _ = try SitePublication(site.path).publish(to: .archive(first))
            for name in try site.files {
                try FileManager.default.setAttributes(
                    [.modificationDate: Date(timeIntervalSince1970: 1e9), .posixPermissions: 0o600], ofItemAtPath: site.path + "/" + name)
            }
            _ = try SitePublication(site.path).publish(to: .archive(second))
            #expect(try Data(contentsOf: URL(fileURLWithPath: first)) == Data(contentsOf: URL(fileURLWithPath: second)))
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder).sorted() == ["first.zip", "second.zip", "site"])

            let archive = try #require(zip_open(first, ZIP_RDONLY | ZIP_CHECKCONS, nil))
            defer { zip_discard(archive) }
            var names: [String] = []
            for index in 0..<zip_uint64_t(zip_get_num_entries(archive, 0)) {
                var status = zip_stat_t()
                try #require(zip_stat_index(archive, index, 0, &status) == 0)
                names.append(String(cString: status.name))
                let date = Calendar(identifier: .gregorian).component(.year, from: Date(timeIntervalSince1970: TimeInterval(status.mtime)))
                #expect(date == 1980)
                if names.last == "\u{FC}ber/a.txt" { #expect(status.comp_size < 100 && status.size == 5_000) }
            }
            #expect(names == [".nojekyll", "SHA256SUMS", "code.js", "deep/index.html", "dot.png", "index.html", "style.css", "\u{FC}ber/a.txt"])
        }
    }

    @Test func anArchiveReplacesItsLikeOnly() throws {
        try SmallSite.with { site, folder in
            let zip = folder + "/site.zip"
            _ = try SitePublication(site.path).publish(to: .archive(zip))
            try site.write(["new.txt": "new"])
            #expect(try SitePublication(site.path).publish(to: .archive(zip)).replaced == 7)
            var bytes = try Data(contentsOf: URL(fileURLWithPath: zip))
            bytes[60] ^= 1
            try bytes.write(to: URL(fileURLWithPath: zip))
            #expect(throws: Problem.self) { try SitePublication(site.path).publish(to: .archive(zip)) }
            #expect(try Data(contentsOf: URL(fileURLWithPath: zip)) == bytes)
            for name in ["/site", "/none/site.zip"] {
                #expect(throws: Problem.self) { try SitePublication(site.path).publish(to: .archive(folder + name)) }
            }
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder).sorted() == ["site", "site.zip"])
        }
    }
}
