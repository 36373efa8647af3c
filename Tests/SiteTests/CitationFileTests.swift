import Foundation
import Run
import Testing
import Yams

@testable import Site

struct CitationFileTests {
    @Test func itIsYAMLWithEveryAuthor() throws {
        try withTemporaryFolder { place in
            var fixture = FixtureRun()
            fixture.title = "What \"it\": looks\\for\u{7}"
            let presentation = SitePresentation(
                baseURL: "https://name.github.io/atlas", author: "Ada Lovelace and {The Vision and Graphics Group} and Turing, Alan and Plato", licence: "CC BY 4.0")
            _ = try SiteRenderer(run: try fixture.write(to: place + "/run"), presentation: presentation).render(to: place + "/site")
            let file = try #require(try Yams.load(yaml: String(contentsOfFile: place + "/site/CITATION.cff", encoding: .utf8)) as? [String: Any])
            #expect(file["cff-version"] as? String == "1.2.0" && file["license"] as? String == "CC-BY-4.0" && file["title"] as? String == fixture.title)
            #expect(file["url"] as? String == "https://name.github.io/atlas/" && file["type"] as? String == "dataset")
            let authors = try #require(file["authors"] as? [[String: String]])
            #expect(
                authors == [
                    ["family-names": "Lovelace", "given-names": "Ada"], ["name": "The Vision and Graphics Group"],
                    ["family-names": "Turing", "given-names": "Alan"], ["name": "Plato"],
                ])
        }
    }

    @Test func nobodyIsMadeUp() throws {
        try withTemporaryFolder { place in
            _ = try SiteRenderer(run: try FixtureRun().write(to: place + "/run")).render(to: place + "/site")
            #expect(!FileManager.default.fileExists(atPath: place + "/site/CITATION.cff"))
        }
    }
}
