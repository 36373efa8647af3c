import Foundation
import Images
import Run
import Testing

@testable import Site

struct PresentationTests {
    private func run(at path: String, size: Int = 96) throws -> RunFolder {
        var fixture = FixtureRun()
        fixture.size = size
        (fixture.hasComparison, fixture.hasLineUps, fixture.hasRelevance) = (true, true, true)
        fixture.imagePath = { "cat/\($0)-\($0).png" }
        let run = try fixture.write(to: path)
        var index = try #require(try run.read(ImageIndex.self, from: .images))
        for number in index.images.keys { index.images[number]?.sha256 = String(repeating: "\(number % 10)", count: 64) }
        try run.write(index, to: .images)
        return run
    }

    /// The bytes of the pictures that show a real image, whole or in part.
    private func realPictures(_ path: String) throws -> Set<Data> {
        let places = try LinkChecker.files(in: path).filter {
            $0.hasPrefix("images/") || $0.hasPrefix("line-up/") || $0.hasPrefix("comparison/real/")
        }
        #expect(places.count > 20)
        return Set(try places.filter { !$0.hasSuffix(".json") }.map { try Data(contentsOf: URL(fileURLWithPath: path + "/" + $0)) })
    }

    @Test func withoutRealImagesNoneIsInTheSite() throws {
        try withTemporaryFolder { place in
            let run = try run(at: place + "/run")
            let summary = try SiteRenderer(run: run, presentation: SitePresentation(realImages: .none)).render(to: place + "/site")
            #expect(summary.missingPictures == 0)
            #expect(try LinkChecker.brokenLinks(in: place + "/site") == [])
            let real = try realPictures(place + "/run")
            for path in try LinkChecker.files(in: place + "/site") {
                let bytes = try Data(contentsOf: URL(fileURLWithPath: place + "/site/" + path))
                #expect(!real.contains(bytes), "\(path)")
                guard path.hasSuffix("index.html") else { continue }
                let text = String(decoding: bytes, as: UTF8.self)
                #expect(text.contains("Real images are not shown: their paths and hashes name the files."), "\(path)")
            }
            let card = try String(contentsOfFile: place + "/site/layers/layer2.1/1/index.html", encoding: .utf8)
            #expect(card.contains("cat/1-1.png") && card.contains("SHA-256 \(String(repeating: "1", count: 64))") && card.contains("not shown"))
            #expect(card.contains("prototype.png") && !card.contains("images/1.png"))
            #expect(!FileManager.default.fileExists(atPath: place + "/site/line-up"))
        }
    }

    @Test func thumbnailsAreSmall() throws {
        try withTemporaryFolder { place in
            let run = try run(at: place + "/run")
            _ = try SiteRenderer(run: run, presentation: SitePresentation(realImages: .thumbnails)).render(to: place + "/site")
            #expect(try LinkChecker.brokenLinks(in: place + "/site") == [])
            let real = try realPictures(place + "/run")
            var seen = 0
            for path in try LinkChecker.files(in: place + "/site") where path.hasSuffix(".png") {
                // The fixture draws maps of relevance as it draws images.
                let isMap = path.contains("/relevance-")
                #expect(try isMap || !real.contains(Data(contentsOf: URL(fileURLWithPath: place + "/site/" + path))), "\(path)")
                guard path.hasPrefix("images/") || path.hasPrefix("line-up/") || path.hasPrefix("compare/real/") else { continue }
                let picture = try ImageDecoder.picture(at: place + "/site/" + path)
                #expect(picture.width == 64 && picture.height == 64, "\(path)")
                seen += 1
            }
            #expect(seen > 20)
            let card = try String(contentsOfFile: place + "/site/layers/layer2.1/1/index.html", encoding: .utf8)
            #expect(card.contains("thumbnails, at most 64 pixels") && card.contains("images/1.png"))
        }
    }

    @Test func whatIsSmallEnoughStaysAsItIs() throws {
        try withTemporaryFolder { place in
            let run = try run(at: place + "/run", size: 16)
            _ = try SiteRenderer(run: run, presentation: SitePresentation(realImages: .thumbnails)).render(to: place + "/site")
            #expect(
                try ImageDecoder.picture(at: place + "/site/images/1.png") == ImageDecoder.picture(at: place + "/run/images/1.png"))
        }
    }

    @Test func aSiteKnowsWhereItWillBe() throws {
        try withTemporaryFolder { place in
            let run = try FixtureRun().write(to: place + "/run")
            let presentation = SitePresentation(title: "Another <title>", baseURL: "https://name.example/atlas", licence: "CC BY 4.0")
            let summary = try SiteRenderer(run: run, presentation: presentation).render(to: place + "/site")
            let card = try String(contentsOfFile: place + "/site/layers/layer2.1/1/index.html", encoding: .utf8)
            for text in [
                "<link rel=\"canonical\" href=\"https://name.example/atlas/layers/layer2.1/1/index.html\">",
                "<meta property=\"og:image\" content=\"https://name.example/atlas/layers/layer2.1/1/prototype.png\">",
                "Another &lt;title&gt;", "Licence: CC BY 4.0",
            ] { #expect(card.contains(text), "\(text)") }
            let overview = try String(contentsOfFile: place + "/site/index.html", encoding: .utf8)
            #expect(overview.contains("content=\"https://name.example/atlas/social-card.png\""))
            let social = try ImageDecoder.picture(at: place + "/site/social-card.png")
            #expect(social.width == 1200 && social.height == 630)
            // Something is drawn in it.
            #expect(Set(social.pixels).count > 50)
            let map = try String(contentsOfFile: place + "/site/sitemap.xml", encoding: .utf8)
            let places = map.components(separatedBy: "<loc>").dropFirst().compactMap { $0.components(separatedBy: "</loc>").first }
            #expect(places.count == summary.pages && Set(places).count == places.count)
            for address in places {
                #expect(FileManager.default.fileExists(atPath: place + "/site/" + address.dropFirst("https://name.example/atlas/".count)))
            }
            #expect(try LinkChecker.files(in: place + "/site").count == summary.files)
        }
    }

    @Test func withoutAnAddressNothingIsSaidOfIt() throws {
        try withTemporaryFolder { place in
            _ = try SiteRenderer(run: try FixtureRun().write(to: place + "/run")).render(to: place + "/site")
            let overview = try String(contentsOfFile: place + "/site/index.html", encoding: .utf8)
            #expect(!overview.contains("canonical") && !overview.contains("og:image") && overview.contains("og:title"))
            #expect(!FileManager.default.fileExists(atPath: place + "/site/sitemap.xml"))
        }
    }

    @Test func manyPagesAreNamedInSeveralFiles() {
        let files = Sitemap.files((0..<50_001).map { "\($0).html" }, at: "https://name.example/")
        #expect(files.map(\.path) == ["sitemap.xml", "sitemap-1.xml", "sitemap-2.xml"])
        #expect(files[0].text.contains("<loc>https://name.example/sitemap-2.xml</loc>"))
        #expect(files[2].text.components(separatedBy: "<url>").count == 2)
    }
}
