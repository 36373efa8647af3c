import Diagnostics
import Foundation
import Run
import Testing

@testable import Site

struct NotesTests {
    private static func write(_ files: [String: String], to folder: String) throws {
        for (path, text) in files {
            let url = URL(fileURLWithPath: folder + "/" + path)
            try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(text.utf8).write(to: url)
        }
    }

    @Test func eachStandsOnItsPageAndInTheSearch() throws {
        try withTemporaryFolder { place in
            try Self.write(
                [
                    "site.md": "# About\n\nOf *everything*.", "layer1.md": "A layer of edges.", "layer1/1.md": "## Finding\n\nLooks for fur & whiskers.",
                    "classes/3.md": "Often taken for dogs.", "layer1/1.txt": "no note", ".hidden.md": "no note",
                ], to: place + "/notes")
            let summary = try SiteRenderer(run: try FixtureRun().write(to: place + "/run"), presentation: .init(notes: place + "/notes"))
                .render(to: place + "/site")
            #expect(summary.unusedNotes == [])
            func page(_ path: String) throws -> String { try String(contentsOfFile: place + "/site/" + path, encoding: .utf8) }
            #expect(try page("index.html").contains("<h3>About</h3>\n<p>Of <em>everything</em>.</p>"))
            #expect(try page("layers/layer1/index.html").contains("<p>A layer of edges.</p>"))
            #expect(try page("layers/layer1/1/index.html").contains("<h4>Finding</h4>\n<p>Looks for fur &amp; whiskers.</p>"))
            #expect(try page("classes/3/index.html").contains("<p>Often taken for dogs.</p>"))
            #expect(!(try page("layers/layer1/2/index.html").contains("id=\"note\"")))
            let search = try page("search.js")
            #expect(search.contains("Finding Looks for fur & whiskers.") && search.contains("layer1 · unit 1") && !search.contains("no note"))
            #expect(try LinkChecker.brokenLinks(in: place + "/site") == [])
        }
    }

    /// Whatever a note holds, its page runs nothing and loads nothing from elsewhere.
    @Test func nothingIsRunOrLoaded() throws {
        try withTemporaryFolder { place in
            let text = "<b onclick=\"x()\">bold</b> ![a face](https://example.org/face.png) ![](https://example.org/2.png) [there](javascript:x())\n\n`<h1>`"
            try Self.write(["layer1/1.md": text], to: place + "/notes")
            _ = try SiteRenderer(run: try FixtureRun().write(to: place + "/run"), presentation: .init(notes: place + "/notes")).render(to: place + "/site")
            let card = try String(contentsOfFile: place + "/site/layers/layer1/1/index.html", encoding: .utf8)
            let note = try #require(card.components(separatedBy: "<h2 id=\"note\">").last?.components(separatedBy: "</section>").first)
            #expect(note.contains("[image: a face]") && note.contains("[image https://example.org/2.png]") && note.contains("<code>&lt;h1&gt;</code>"))
            #expect(!note.contains("onclick") && !note.contains("<img") && !note.contains("javascript:") && !note.contains("<!--"))
            #expect(note.contains("there") && !note.contains("<a href=\"\""))
        }
    }

    @Test func whatHasNoPlaceIsTold() throws {
        try withTemporaryFolder { place in
            var fixture = FixtureRun()
            fixture.classNames = ["cat", "cat"] + (2..<6).map { "other \($0)" }
            try Self.write(
                ["layer9.md": "?", "layer9/0.md": "?", "layer1/99.md": "?", "layer1/01.md": "?", "classes/cat.md": "?", "classes/77.md": "?"],
                to: place + "/notes")
            let summary = try SiteRenderer(run: try fixture.write(to: place + "/run"), presentation: .init(notes: place + "/notes"))
                .render(to: place + "/site")
            #expect(
                summary.unusedNotes.map { $0.components(separatedBy: ": ")[0] } == [
                    "classes/77.md", "classes/cat.md", "layer1/01.md", "layer1/99.md", "layer9/0.md", "layer9.md",
                ])
            #expect(summary.unusedNotes[1].contains("2 classes have this name"))
            let overview = try String(contentsOfFile: place + "/site/index.html", encoding: .utf8)
            #expect(overview.contains("6 notes belong to no page"))
        }
    }

    @Test func aFileThatIsNoTextIsNamed() throws {
        try withTemporaryFolder { place in
            let run = try FixtureRun().write(to: place + "/run")
            try Self.write(["layer1.md": ""], to: place + "/notes")
            for (bytes, words) in [(Data([0xC3, 0x28]), "is not UTF-8"), (Data(repeating: 0x61, count: Note.longest + 1), "100001 bytes long")] {
                try bytes.write(to: URL(fileURLWithPath: place + "/notes/layer1.md"))
                let problem = #expect(throws: Problem.self) {
                    try SiteRenderer(run: run, presentation: .init(notes: place + "/notes")).render(to: place + "/site")
                }
                #expect(problem?.description.contains("layer1.md") == true && problem?.description.contains(words) == true)
            }
            #expect(!FileManager.default.fileExists(atPath: place + "/site"))
        }
    }
}
