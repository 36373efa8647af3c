import Foundation
import Testing

@testable import Site

struct WordTests {
    private static func site(_ fixture: FixtureRun, _ body: (_ text: (String) throws -> String, _ site: String) throws -> Void) throws {
        try withTemporaryFolder { place in
            _ = try SiteRenderer(run: try fixture.write(to: place + "/run")).render(to: place + "/site")
            try body({ try String(contentsOfFile: place + "/site/" + $0, encoding: .utf8) }, place + "/site")
        }
    }

    @Test func cardsAndLayersSayWordsAndLabels() throws {
        var fixture = FixtureRun()
        fixture.hasWords = true
        try Self.site(fixture) { text, _ in
            let first = try text("layers/layer1/0/index.html")
            for word in [
                "Goes with the words “wheel 0”.", "image-encoder", "&lt;b&gt;sky&lt;/b&gt;", "as by chance", "Chosen on 58 images, measured on 62 other images",
                ">0.88<", "0.81 to 0.94", ">cat<",
            ] { #expect(first.contains(word), "\(word)") }
            #expect(!first.contains("<b>sky"))
            let doubtful = try text("layers/layer1/1/index.html"), none = try text("layers/layer1/3/index.html"), dead = try text("layers/layer1/4/index.html")
            #expect(doubtful.contains("no better than chance") && none.contains("None of 1200 words fits") || none.contains("None of 1,200 words fits"))
            #expect(!none.contains("Goes with") && !none.contains("held-out") && dead.contains("goes with no word"))
            let layer = try text("layers/layer1/index.html")
            #expect(layer.contains("3 of 4 units go with one of 1,200 words") && layer.contains("“wheel 1”"))
            let table = try text("layers/layer1/units.csv").split(separator: "\r\n").map(String.init)
            #expect(table[0].contains(",word,word_correlation,word_level,label,label_kind,label_auc,label_auc_low,label_auc_high,label_difference,"))
            #expect(table[1].contains(",wheel 0,0.5,0.3125,wheel 0,word,0.875,0.8125,0.9375,1.5,") && table[5].contains(",,,,,,,,,"))
            let method = try text("method.html")
            for word in ["as CLIP wants it", "CLIP-Dissect", "95th percentile", "SHA-256", "of 1,200 words"] { #expect(method.contains(word), "\(word)") }
        }
    }

    @Test func searchFindsUnitsByTheirWords() throws {
        var fixture = FixtureRun()
        fixture.hasWords = true
        try Self.site(fixture) { _, site in
            let notes = try #require(try DataScripts.read(site + "/search.js", key: "search.js")["notes"] as? [[String: Any]])
            // Three units of each layer go with a word.
            #expect(notes.count == 6 && notes.allSatisfy { $0["kind"] as? String == "words" })
            #expect(notes[1]["words"] as? String == "wheel 1" && notes[1]["href"] as? String == "layers/layer1/1/index.html")
        }
    }

    @Test func withoutWordsNothingIsSaid() throws {
        try Self.site(FixtureRun()) { text, _ in
            let method = try text("method.html"), card = try text("layers/layer1/0/index.html"), record = try text("layers/layer1/0/unit.json")
            #expect(!method.contains("CLIP") && !card.contains("id=\"words\"") && record.contains("\"words\":null,\"checks\":null"))
        }
    }
}
