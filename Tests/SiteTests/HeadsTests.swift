import Foundation
import Run
import Testing

@testable import Site

/// The pages of attention heads, and what cards say of references.
struct HeadsTests {
    /// Two attentions: one with a class token and more heads than a page has, one in windows.
    private static func write(to run: RunFolder, hasRelevance: Bool = true) throws {
        let names = ["layer2.1.attention", "a/b <c>"]
        func head(_ name: String, _ index: Int, isToken: Bool) throws -> AttentionHeads.Head {
            let strongest = try (0..<2).map { number in
                let path = RunPath.headPicture(layer: name, head: index, number)
                try run.writeBytes(PlainPNG.encode(width: 2, height: 2, pixels: Array(repeating: UInt8(16 * index), count: 12)), to: path)
                return AttentionHeads.Strongest(image: number + index % 3, share: 0.75 - Float(number) / 4, place: [4, 12], picture: path.description)
            }
            return .init(
                index: index, distance: isToken ? 4 + Float(index) : nil, itself: 0.125, tokens: isToken ? [0.5] : [], entropy: 1.25, strongest: strongest)
        }
        try run.write(
            AttentionHeads(
                images: 120,
                layers: [
                    .init(
                        name: names[0], windows: 1, queries: 5, keys: 5, tokens: ["cls_token"], looker: "cls_token", uniformDistance: 8,
                        uniformEntropy: 1.61, heads: try (0..<13).map { try head(names[0], $0, isToken: true) }),
                    .init(
                        name: names[1], windows: 4, queries: 9, keys: 9, tokens: [], looker: nil, uniformDistance: nil, uniformEntropy: 2.2,
                        heads: [try head(names[1], 0, isToken: false)]),
                ]), to: .heads)
        guard hasRelevance else { return }
        try run.write(
            HeadRelevance(
                composite: "transformer", images: 20, classes: 6,
                layers: [
                    .init(name: names[0], heads: (0..<13).map { .init(share: Float($0) / 100, classes: $0 == 12 ? [.init(index: 2, share: 0.25)] : []) }),
                    .init(name: names[1], heads: [.init(share: -0.01, classes: [])]),
                ]), to: .headRelevance)
    }

    @Test func headsHavePages() throws {
        for hasRelevance in [true, false] {
            try withTemporaryFolder { place in
                let run = try FixtureRun().write(to: place + "/run")
                try Self.write(to: run, hasRelevance: hasRelevance)
                _ = try SiteRenderer(run: run).render(to: place + "/site")
                #expect(try LinkChecker.brokenLinks(in: place + "/site") == [])
                func page(_ path: String) throws -> String { try String(contentsOfFile: place + "/site/" + path, encoding: .utf8) }
                let heads = try page("heads/index.html")
                #expect(heads.contains("14 heads in 2 attentions of ResNet-20 (CIFAR): where each looks, over 120 images."))
                #expect(heads.contains("../heads/layer2.1.attention/part-2.html#head-12\" tabindex=\"-1\"><title>layer2.1.attention, head 12: 16.0 pixels"))
                #expect(heads.contains("4 × 9") && heads.contains("a/b &lt;c&gt;") && heads.contains("composite “transformer”") == hasRelevance)
                let layer = try page("heads/layer2.1.attention/index.html"), rest = try page("heads/layer2.1.attention/part-2.html")
                #expect(layer.contains("attention of cls_token goes to one place") && layer.contains("href=\"../../layers/layer2.1/index.html\">layer2.1</a>"))
                #expect(layer.contains("id=\"head-11\"") && !layer.contains("id=\"head-12\"") && rest.contains("id=\"head-12\""))
                #expect(layer.contains("mean distance <span class=\"amount\">4.00 px</span>") && layer.contains("to cls_token <span class=\"amount\">50.0\u{A0}%"))
                #expect(layer.components(separatedBy: "<svg class=\"heat-map").count == 25)
                #expect(rest.contains("Most relevance of ") == hasRelevance)
                let other = try page("heads/\(RunPath.key(for: "a/b <c>"))/index.html")
                #expect(other.contains("4 windows, in each 9 tokens look at 9") && other.contains("of all places, on average,"))
                let table = try page("heads/heads.csv").components(separatedBy: "\r\n")
                #expect(table[0] == "attention,head,mean_distance_px,to_itself,to_cls_token,entropy_nats,relevance")
                #expect(table[2] == "layer2.1.attention,1,5,0.125,0.5,1.25,\(hasRelevance ? "0.01" : "")" && table[14].hasPrefix("a/b <c>,0,,0.125,,1.25,"))
                #expect(try page("method.html").contains("Heads."))
                #expect(try page("index.html").contains("heads/index.html\">the heads</a>"))
            }
        }
    }

    @Test func aRunWithoutHeadsHasNoPageOfThem() throws {
        try withTemporaryFolder { place in
            _ = try SiteRenderer(run: try FixtureRun().write(to: place + "/run")).render(to: place + "/site")
            #expect(!FileManager.default.fileExists(atPath: place + "/site/heads"))
            #expect(!(try String(contentsOfFile: place + "/site/method.html", encoding: .utf8).contains("Heads.")))
        }
    }

    @Test func cardsSayHowAlikeReferencesAre() throws {
        try withTemporaryFolder { place in
            let fixture = FixtureRun(), run = try fixture.write(to: place + "/run")
            try run.write(
                LayerClarity(
                    layer: "layer1", judge: nil, compared: ["layer1"], random: 64, sets: 200,
                    units: [
                        .init(unit: 0, images: 12, clarity: 0.25, polysemanticity: 0.5, consistency: 0.995, randomClarity: 0.125),
                        .init(unit: 1, images: 2, clarity: 0.75, polysemanticity: 1.5, consistency: nil, randomClarity: nil),
                    ]), to: .clarity(layer: "layer1"))
            _ = try SiteRenderer(run: run).render(to: place + "/site")
            func page(_ path: String) throws -> String { try String(contentsOfFile: place + "/site/" + path, encoding: .utf8) }
            let card = try page("layers/layer1/0/index.html")
            #expect(card.contains("To the network’s own eyes its 12 references have a mean similarity of 0.250 (clarity), more than 99.5\u{A0}% of random sets"))
            #expect(try page("layers/layer1/1/index.html").contains("a mean similarity of 0.750 (clarity); the centres of two clusters of them are 1.50 apart"))
            for other in ["layer1/2", "layer2.1/0"] { #expect(!(try page("layers/\(other)/index.html").contains("(clarity)"))) }
            #expect(try page("layers/layer1/index.html").contains("<option value=\"clarity\">"))
            #expect(!(try page("layers/layer2.1/index.html").contains("<option value=\"clarity\">")))
            #expect(try page("layers/layer1/units.js").contains("\"clarity\":[0.25,0.75,null,null,null]"))
            #expect(try page("layers/layer1/units.csv").components(separatedBy: "\r\n")[1].hasSuffix(",0.25,0.5,0.995"))
            #expect(try page("method.html").contains("Are the references alike?"))
            let record = try #require(try JSONSerialization.jsonObject(with: Data(page("layers/layer1/0/unit.json").utf8)) as? [String: Any])
            let clarity = try #require(record["clarity"] as? [String: Any])
            #expect(clarity["polysemanticity"] as? Double == 0.5 && clarity["judge"] is NSNull && record["judgement"] is NSNull)
            let schema = try StrictSchema(Data(contentsOf: URL(fileURLWithPath: place + "/site/assets/unit.schema.json")))
            for unit in 0...2 {
                let text = try page("layers/layer1/\(unit)/unit.json")
                #expect(try schema.objections(to: Data(text.utf8)) == [])
            }
        }
    }
}
