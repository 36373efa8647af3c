import Diagnostics
import Foundation
import Run
import Testing

@testable import Site

struct LineUpTests {
    private func site(_ fixture: FixtureRun, at place: String) throws -> SiteSummary {
        try SiteRenderer(run: try fixture.write(to: place + "/run")).render(to: place + "/site")
    }

    @Test func thePageAsksInTheOrderOfItsNumbersAndKeepsTheAnswersClosed() throws {
        try withTemporaryFolder { place in
            var fixture = FixtureRun()
            fixture.hasLineUps = true
            let summary = try site(fixture, at: place)
            #expect(summary.missingPictures == 0)
            #expect(try LinkChecker.brokenLinks(in: place + "/site") == [])
            func page(_ path: String) throws -> String { try String(contentsOfFile: place + "/site/" + path, encoding: .utf8) }
            let page1 = try page("line-up/index.html")
            let subjects = page1.components(separatedBy: "data-subject=\"").dropFirst().map { $0.prefix { $0 != "\"" } }
            #expect(subjects == ["layer1/0", "layer2.1/0", "layer1/1", "layer2.1/1"])
            #expect(page1.components(separatedBy: "data-answer=\"B C F G\"").count - 1 == 4)
            #expect(page1.components(separatedBy: "type=\"checkbox\"").count - 1 == 32)
            #expect(page1.components(separatedBy: "<strong>B, C, F and G</strong> activate <a").count - 1 == 4)
            #expect(page1.components(separatedBy: "<strong>yes</strong>, a reference").count - 1 == 4)
            #expect(page1.contains("4 line-ups of units of 2 layers") && page1.contains("seed 7") && page1.contains("64 images drawn"))
            // Nothing before the answers tells the unit: neither heading nor the pictures' names.
            let question = try #require(page1.components(separatedBy: "<h2 id=\"question-3\">").last?.components(separatedBy: "<details>").first)
            #expect(question.contains("Prototype 3") && question.contains("src=\"../line-up/2-0-2-8-10.png\""))
            #expect(!question.contains("unit 1") && !question.contains("cat/"))
            // A window is shown by its own sides: 8 pixels, sixteen times.
            #expect(question.contains("width=\"128\" height=\"128\" class=\"pixelated\""))
            #expect(!page1.contains("<details open"))
            #expect(try page("index.html").contains("href=\"line-up/index.html\">the line-up</a>"))
            #expect(try page("classes/index.html").contains("href=\"../line-up/index.html\""))
            let card = try page("layers/layer1/2/index.html")
            #expect(card.contains("id=\"line-up\"") && card.contains("data-answer=\"B C F G\"") && !card.contains("data-line-up"))
            let method = try page("method.html")
            #expect(method.contains("<strong>Line-up.</strong>") && method.contains("windows of the same size"))
        }
    }

    @Test func aLineUpWithoutAPictureOrAPrototypeIsNotShown() throws {
        try withTemporaryFolder { place in
            var fixture = FixtureRun()
            fixture.hasLineUps = true
            fixture.layerNames = ["layer1"]
            let run = try fixture.write(to: place + "/run")
            try FileManager.default.removeItem(atPath: run.full(.prototypePicture(layer: "layer1", unit: 0)))
            try FileManager.default.removeItem(atPath: run.full(.windowPicture(3, [0, 3, 8, 11])))
            _ = try SiteRenderer(run: run).render(to: place + "/site")
            #expect(try LinkChecker.brokenLinks(in: place + "/site") == [])
            let page = try String(contentsOfFile: place + "/site/line-up/index.html", encoding: .utf8)
            #expect(!page.contains("data-answer") && page.contains("there is nothing to pick from"))
            let card = try String(contentsOfFile: place + "/site/layers/layer1/1/index.html", encoding: .utf8)
            #expect(!card.contains("data-answer"))
        }
    }

    @Test func aRunWithoutOneDoesNotMentionIt() throws {
        try withTemporaryFolder { place in
            _ = try site(FixtureRun(), at: place)
            for path in try LinkChecker.files(in: place + "/site") where path.hasSuffix(".html") {
                let text = try String(contentsOfFile: place + "/site/" + path, encoding: .utf8)
                #expect(!text.contains("ine-up") && !text.contains("heat-map") && !text.contains("class=\"masked\""), "\(path)")
            }
        }
    }

    @Test func whatMattersIsShownInThePrototypeAndItsReferences() throws {
        try withTemporaryFolder { place in
            var fixture = FixtureRun()
            fixture.hasRelevance = true
            let summary = try site(fixture, at: place)
            #expect(summary.missingPictures == 0)
            #expect(try LinkChecker.brokenLinks(in: place + "/site") == [])
            func page(_ path: String) throws -> String { try String(contentsOfFile: place + "/site/" + path, encoding: .utf8) }
            let card = try page("layers/layer1/1/index.html")
            for text in [
                "<summary>Masked by relevance</summary>", "src=\"../../../layers/layer1/1/masked.png\"",
                // The window alone, cut out by the drawing's edges, under its map.
                "viewBox=\"4 0 8 8\"><image href=\"../../../images/0.png\" width=\"16\" height=\"16\"/>",
                "href=\"../../../layers/layer1/1/relevance-0.png\" x=\"4\" y=\"0\" width=\"8\" height=\"8\"",
                "href=\"../../../layers/layer1/1/relevance-1.png\" x=\"0\" y=\"0\" width=\"16\" height=\"16\"",
                "residual 0.0125", "“vital” at conv1", "−0.250 to 0.250",
            ] { #expect(card.contains(text), "\(text)") }
            // Two references are there; the third map speaks of one that is not.
            #expect(card.components(separatedBy: "<svg class=\"heat-map").count - 1 == 2)
            #expect(card.components(separatedBy: "<span>a window</span>").count - 1 == 1)
            #expect(!(try page("classes/0/index.html").contains("heat-map")))
            let method = try page("method.html")
            #expect(method.contains("maps of relevance") && method.contains("masked") && !method.contains("Windows."))
        }
    }

    @Test func theMethodTellsWhatWasRun() throws {
        try withTemporaryFolder { place in
            let run = try FixtureRun().write(to: place + "/run")
            var manifest = FixtureRun().manifest
            func method() throws -> String {
                try run.write(manifest, to: .manifest)
                _ = try SiteRenderer(run: run).render(to: place + "/site")
                return try String(contentsOfFile: place + "/site/method.html", encoding: .utf8)
            }
            var text = try method()
            #expect(text.contains("begin at 0.3") && !text.contains("as published") && !text.contains("largest mean activation"))
            #expect(!text.contains("maps of relevance") && !text.contains("already taken"))
            manifest.options.inner = "published"
            manifest.options.window = "64"
            manifest.options.diversity = 0.25
            manifest.options.compositeSummary = "z+ everywhere."
            text = try method()
            #expect(!text.contains("begin at 0.3") && text.contains("as published") && text.contains("64 x 64 pixels"))
            #expect(text.contains("weighted with 0.75") && text.contains("z+ everywhere"))
            #expect(!text.contains("used whole"))
            manifest.options.window = "receptive"
            manifest.options.referencesAs = "image"
            text = try method()
            #expect(text.contains("strongest position") && text.contains("used whole") && !text.contains("receptive x"))
        }
    }
}
