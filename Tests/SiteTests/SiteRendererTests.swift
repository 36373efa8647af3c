import Diagnostics
import Foundation
import Run
import Testing

@testable import Site

struct SiteRendererTests {
    @Test func everyLinkLeadsSomewhere() throws {
        try withTemporaryFolder { place in
            let run = try FixtureRun().write(to: place + "/run")
            let summary = try SiteRenderer(run: run).render(to: place + "/site")
            #expect(try LinkChecker.brokenLinks(in: place + "/site") == [])
            // Overview, method, reproduce; 2 layers of 5 units; 6 classes and their gallery.
            #expect(summary.pages == 3 + 2 * 6 + 7)
            #expect(summary.missingPictures == 0)
            #expect(try LinkChecker.files(in: place + "/site").count == summary.files)
            for name in [
                "index.html", "404.html", ".nojekyll", "report.json", "layers/layer2.1/units.csv",
                "layers/layer2.1/3/prototype.png", "assets/vitrine.css",
            ] {
                #expect(FileManager.default.fileExists(atPath: place + "/site/" + name), "\(name)")
            }
        }
    }

    @Test func theCardSaysWhatTheRunFoundOut() throws {
        try withTemporaryFolder { place in
            _ = try SiteRenderer(run: try FixtureRun().write(to: place + "/run")).render(to: place + "/site")
            func page(_ path: String) throws -> String { try String(contentsOfFile: place + "/site/" + path, encoding: .utf8) }
            let card = try page("layers/layer2.1/1/index.html")
            for text in [
                "src=\"../../../layers/layer2.1/1/prototype.png\"", "Stronger than 93.3\u{A0}% of the real images",
                "0.800 times its maximum over 120 real images (6.00)",
                "<rect class=\"window\" x=\"0\" y=\"2\" width=\"11\" height=\"11\"/>", "4 references, 200 steps, seed 7",
                "rel=\"prev\" href=\"../../../layers/layer2.1/0/index.html\"",
                "title = {Unit 1 of layer2.1: A small network},\n",
            ] { #expect(card.contains(text), "\(text)") }
            // Four strongest images, three of the references; the fourth has no picture and is named.
            #expect(card.contains("1 more by name") && card.contains("<li>cat/12.png</li>"))
            #expect(card.components(separatedBy: "<figure class=\"real\">").count - 1 == 7)
            #expect(card.components(separatedBy: "<span class=\"amount\">").count - 1 == 4)
            #expect(card.contains("<rect class=\"window\" x=\"4\" y=\"0\" width=\"8\" height=\"8\"/>"))
            #expect(card.contains("What is in the frame was matched"))
            #expect(try page("layers/layer2.1/0/index.html").contains("Stronger than every real image"))
            #expect(try page("layers/layer2.1/4/index.html").contains("Dead: none of the 120 images activates it."))
            let kind = try page("classes/2/index.html")
            for text in ["The network classifies it as", "98.0\u{A0}%", "75.0\u{A0}% (15 of 20 images)", "15.0\u{A0}%"] {
                #expect(kind.contains(text), "\(text)")
            }
            #expect(try page("index.html").contains("81.2\u{A0}%"))
            let table = try page("layers/layer2.1/units.csv").components(separatedBy: "\r\n")
            #expect(table.count == 7 && table[2].hasPrefix("1,0.5,0.5,0,6,0.25,0.4,0.3,deer,1.25,cat/1.png,6,4.5,0.8,93.3"))
        }
    }

    @Test func `who edits a picture of the site does not change the run`() throws {
        try withTemporaryFolder { place in
            _ = try SiteRenderer(run: try FixtureRun().write(to: place + "/run")).render(to: place + "/site")
            func picture(_ path: String) throws -> Data { try Data(contentsOf: URL(fileURLWithPath: place + path)) }
            let path = "/run/layers/layer2.1/prototypes/3.png", before = try picture(path)
            #expect(try picture("/site/layers/layer2.1/3/prototype.png") == before)
            let handle = try #require(FileHandle(forWritingAtPath: place + "/site/layers/layer2.1/3/prototype.png"))
            try handle.write(contentsOf: Data([0]))
            try handle.close()
            #expect(try picture(path) == before)
        }
    }

    @Test func equalRunsGiveEqualBytes() throws {
        try withTemporaryFolder { place in
            let run = try FixtureRun().write(to: place + "/run")
            for name in ["a", "b"] { _ = try SiteRenderer(run: run).render(to: place + "/" + name) }
            let files = try LinkChecker.files(in: place + "/a")
            #expect(try LinkChecker.files(in: place + "/b") == files)
            for file in files {
                #expect(FileManager.default.contentsEqual(atPath: place + "/a/" + file, andPath: place + "/b/" + file), "\(file)")
            }
            #expect(try FileManager.default.contentsOfDirectory(atPath: place).sorted() == ["a", "b", "run"])
        }
    }

    @Test func aRunInTheMakingIsShown() throws {
        try withTemporaryFolder { place in
            var fixture = FixtureRun()
            fixture.missingLayers = ["layer2.1"]
            fixture.unitsWithPrototypes = 0..<1
            fixture.classesWithPrototypes = 0..<2
            let run = try fixture.write(to: place + "/run")
            try FileManager.default.removeItem(atPath: place + "/run/images/3.png")
            try FileManager.default.removeItem(atPath: place + "/run/classes/prototypes/1.png")
            let summary = try SiteRenderer(run: run).render(to: place + "/site")
            #expect(summary.missingPictures == 2)
            #expect(try LinkChecker.brokenLinks(in: place + "/site") == [])
            let overview = try String(contentsOfFile: place + "/site/index.html", encoding: .utf8)
            #expect(overview.contains("no statistics of layer2.1") && overview.contains("not computed yet"))
            #expect(overview.contains("4 classes without a prototype"))

            fixture.hasClassTable = false
            _ = try SiteRenderer(run: try fixture.write(to: place + "/unnamed")).render(to: place + "/unnamed-site")
            #expect(try LinkChecker.brokenLinks(in: place + "/unnamed-site") == [])
            #expect(
                try String(contentsOfFile: place + "/unnamed-site/layers/layer1/0/index.html", encoding: .utf8).contains(
                    "Responds most to class 5,"))
            fixture.missingLayers = ["layer1", "layer2.1"]
            _ = try SiteRenderer(run: try fixture.write(to: place + "/early")).render(to: place + "/early-site")
            #expect(try LinkChecker.brokenLinks(in: place + "/early-site") == [])
        }
    }

    @Test func aRunWithoutItsFirstDocumentIsAProblem() throws {
        try withTemporaryFolder { place in
            let run = try RunFolder.create(at: place + "/run")
            #expect(throws: Problem.self) { try SiteRenderer(run: run).render(to: place + "/site") }
            #expect(try FileManager.default.contentsOfDirectory(atPath: place) == ["run"])
        }
    }

    @Test func hostileNamesAreEscaped() throws {
        try withTemporaryFolder { place in
            let script = "<script>alert(1)</script>"
            // A quotation mark with a combining accent is one character, and still ends an attribute.
            let accented = "\"\u{301} onload=\"alert(1)"
            var fixture = FixtureRun()
            fixture.title = script + " & 'title'"
            fixture.command = "vitrine run --title '\(script)'"
            fixture.classNames = [
                script, "../../etc/passwd", accented, String(repeating: "long", count: 75),
                "{{title}} }} *a* [b](javascript:alert(1))",
                "日本語 \u{202E}gnp\u{0}\u{7}",
            ]
            fixture.layerNames = ["_blocks.0", "../up/\(script)", accented, String(repeating: "x", count: 300)]
            fixture.imagePath = { "\(script)\(accented)/\($0).png" }
            let run = try fixture.write(to: place + "/run")
            _ = try SiteRenderer(run: run).render(to: place + "/site")
            #expect(try LinkChecker.brokenLinks(in: place + "/site") == [])
            for path in try LinkChecker.files(in: place + "/site") {
                #expect(!path.hasPrefix("_") && !path.contains("/_"))
                guard path.hasSuffix(".html") else { continue }
                let text = try String(contentsOfFile: place + "/site/" + path, encoding: .utf8)
                #expect(
                    !text.contains("<script>") && !text.unicodeScalars.contains("\0") && !text.unicodeScalars.contains("\u{202E}"),
                    "\(path)")
                let bytes = Array(text.utf8)
                #expect(!bytes.contains(subsequence: Array(accented.utf8)), "\(path)")
                #expect(!bytes.contains(subsequence: Array("\" onload".utf8)), "\(path)")
                #expect(!bytes.contains(subsequence: Array("href=\"javascript".utf8)), "\(path)")
            }
        }
    }

    @Test func whatIsGoneLeavesNoPageAndWhatIsForeignStays() throws {
        try withTemporaryFolder { place in
            let site = place + "/site"
            _ = try SiteRenderer(run: try FixtureRun().write(to: place + "/run")).render(to: site)
            try Data("example.org".utf8).write(to: URL(fileURLWithPath: site + "/CNAME"))
            try FileManager.default.createDirectory(atPath: site + "/.git/refs", withIntermediateDirectories: true)
            try Data("mine".utf8).write(to: URL(fileURLWithPath: site + "/.git/refs/head"))
            try Data("mine".utf8).write(to: URL(fileURLWithPath: site + "/layers/layer2.1/notes.txt"))
            var smaller = FixtureRun()
            smaller.units = 3
            smaller.layerNames = ["layer1"]
            _ = try SiteRenderer(run: try smaller.write(to: place + "/smaller")).render(to: site)
            let files = try LinkChecker.files(in: site)
            #expect(!files.contains { $0.hasPrefix("layers/layer1/4/") || $0.hasPrefix("layers/layer2.1/0/") })
            #expect(files.contains("CNAME") && files.contains(".git/refs/head") && files.contains("layers/layer2.1/notes.txt"))
            #expect(try LinkChecker.brokenLinks(in: site) == [])
            #expect(try FileManager.default.contentsOfDirectory(atPath: place).sorted() == ["run", "site", "smaller"])
        }
    }

    @Test func foreignFoldersAreRefused() throws {
        try withTemporaryFolder { place in
            let run = try FixtureRun().write(to: place + "/run")
            try FileManager.default.createDirectory(atPath: place + "/thesis", withIntermediateDirectories: true)
            try Data("mine".utf8).write(to: URL(fileURLWithPath: place + "/thesis/index.html"))
            for out in ["/thesis", "/run", "/thesis/index.html", "/thesis/index.html/site"] {
                #expect(throws: Problem.self) { try SiteRenderer(run: run).render(to: place + out) }
            }
            #expect(try FileManager.default.contentsOfDirectory(atPath: place).sorted() == ["run", "thesis"])
            #expect(try FileManager.default.contentsOfDirectory(atPath: place + "/thesis") == ["index.html"])
        }
    }

    @Test func templatesAreReplacedFileByFile() throws {
        try withTemporaryFolder { place in
            let run = try FixtureRun().write(to: place + "/run")
            let own = place + "/own"
            try FileManager.default.createDirectory(atPath: own + "/assets", withIntermediateDirectories: true)
            try Data("<p>{{command}}</p>".utf8).write(to: URL(fileURLWithPath: own + "/reproduce.mustache"))
            try Data("/* own */".utf8).write(to: URL(fileURLWithPath: own + "/assets/vitrine.css"))
            _ = try SiteRenderer(run: run, templates: own).render(to: place + "/site")
            #expect(try String(contentsOfFile: place + "/site/reproduce.html", encoding: .utf8).contains("<p>vitrine run"))
            #expect(try String(contentsOfFile: place + "/site/assets/vitrine.css", encoding: .utf8) == "/* own */")
            #expect(FileManager.default.fileExists(atPath: place + "/site/assets/vitrine.js"))
            try Data("{{#open}}".utf8).write(to: URL(fileURLWithPath: own + "/reproduce.mustache"))
            #expect { try SiteRenderer(run: run, templates: own).render(to: place + "/site") } throws: {
                "\($0)".contains("reproduce.mustache")
            }
            #expect(throws: Problem.self) { try SiteRenderer(run: run, templates: place + "/none").render(to: place + "/site") }
        }
    }

    @Test func nothingComesFromElsewhereAndNothingIsInline() throws {
        try withTemporaryFolder { place in
            _ = try SiteRenderer(run: try FixtureRun().write(to: place + "/run")).render(to: place + "/site")
            for path in try LinkChecker.files(in: place + "/site") where path.hasSuffix(".html") {
                let text = try String(contentsOfFile: place + "/site/" + path, encoding: .utf8)
                for forbidden in ["http://", "https://", " style=\"", "<style", "<script>", "onclick"] {
                    #expect(!text.contains(forbidden), "\(forbidden) in \(path)")
                }
            }
        }
    }
}

extension Array where Element == UInt8 {
    fileprivate func contains(subsequence: [UInt8]) -> Bool {
        guard count >= subsequence.count else { return false }
        return (0...(count - subsequence.count)).contains { start in
            self[start] == subsequence[0] && self[start..<(start + subsequence.count)].elementsEqual(subsequence)
        }
    }
}
