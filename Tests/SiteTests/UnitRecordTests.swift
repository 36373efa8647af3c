import Foundation
import Run
import Testing

@testable import Site

struct UnitRecordTests {
    /// Every unit of a run with and without prototypes, labels and hostile names.
    @Test func everyRecordFitsTheSchemaThatComesWithTheSite() throws {
        try withTemporaryFolder { place in
            var plain = FixtureRun(), hostile = FixtureRun()
            plain.hasClassTable = false
            plain.unitsWithPrototypes = 0..<1
            hostile.hasUnitFindings = true
            hostile.imagePath = { "\"\\\u{1}</script>\u{202E}/\($0).png" }
            hostile.classNames = Array(repeating: "\"}{\n", count: 6)
            for (number, fixture) in [FixtureRun(), plain, hostile].enumerated() {
                let site = "\(place)/site-\(number)"
                _ = try SiteRenderer(run: try fixture.write(to: "\(place)/run-\(number)")).render(to: site)
                let schema = try StrictSchema(Data(contentsOf: URL(fileURLWithPath: site + "/assets/unit.schema.json")))
                let records = try LinkChecker.files(in: site).filter { $0.hasSuffix("/unit.json") }
                #expect(records.count == 10)
                for record in records {
                    let data = try Data(contentsOf: URL(fileURLWithPath: site + "/" + record))
                    #expect(try schema.objections(to: data) == [], "\(record)")
                    let object = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
                    // What it refers to is there.
                    let folder = URL(fileURLWithPath: site + "/" + record).deletingLastPathComponent()
                    let link = try #require(object["$schema"] as? String)
                    #expect(FileManager.default.fileExists(atPath: folder.appendingPathComponent(link).standardized.path))
                    #expect(FileManager.default.fileExists(atPath: site + "/" + (object["page"] as? String ?? "")))
                    if let prototype = object["prototype"] as? [String: Any] {
                        #expect(FileManager.default.fileExists(atPath: site + "/" + (prototype["picture"] as? String ?? "")))
                    }
                    #expect(try String(contentsOfFile: folder.path + "/index.html", encoding: .utf8).contains(record))
                }
            }
        }
    }

    @Test func aRecordSaysWhatTheRunFoundOut() throws {
        try withTemporaryFolder { place in
            let fixture = FixtureRun()
            let run = try fixture.write(to: place + "/run")
            _ = try SiteRenderer(run: run).render(to: place + "/site")
            let data = try Data(contentsOf: URL(fileURLWithPath: place + "/site/layers/layer2.1/1/unit.json"))
            let record = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
            #expect(record["key"] as? String == "layers/layer2.1/1" && record["layer"] as? String == "layer2.1" && record["unit"] as? Int == 1)
            let layer = try #require(try run.read(LayerStatistics.self, from: .statistics(layer: "layer2.1")))
            let unit = layer.units[1]
            let statistics = try #require(record["statistics"] as? [String: Any])
            #expect(statistics["mean"] as? Double == Double(unit.mean) && statistics["maximum"] as? Double == Double(unit.maximum))
            #expect((statistics["classMeans"] as? [Double])?.map { Float($0) } == unit.classMeans)
            let histogram = try #require(statistics["histogram"] as? [String: Any])
            let bins = try #require(histogram["positive"] as? [[String: Int]])
            #expect(Dictionary(uniqueKeysWithValues: bins.map { ($0["bin"] ?? 0, $0["images"] ?? 0) }) == unit.histogram.positive)
            let strongest = try #require(record["strongest"] as? [[String: Any]])
            #expect(strongest.map { $0["image"] as? Int } == unit.strongest.map(\.image))
            #expect(strongest.map { $0["window"] as? [Int] } == unit.strongest.map(\.window))
            let prototype = try #require(try run.read(Prototype.self, from: .prototype(layer: "layer2.1", unit: 1)))
            let trust = try #require((record["prototype"] as? [String: Any])?["trust"] as? [String: Any])
            #expect((trust["activation"] as? Double).map { Float($0) } == prototype.trust.activation)
        }
    }

    @Test func aRecordHoldsRangeSimilarityAndRelevance() throws {
        try withTemporaryFolder { place in
            var fixture = FixtureRun()
            fixture.hasUnitFindings = true
            let run = try fixture.write(to: place + "/run")
            _ = try SiteRenderer(run: run).render(to: place + "/site")
            let data = try Data(contentsOf: URL(fileURLWithPath: place + "/site/layers/layer2.1/2/unit.json"))
            let record = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
            let flow = try #require(try run.read(LayerFlow.self, from: .flow(layer: "layer2.1"))).units[2]
            let relevance = try #require(record["relevance"] as? [String: Any]), source = try #require(relevance["source"] as? [String: Any])
            #expect((source["units"] as? [[String: Any]])?.map { $0["unit"] as? Int } == flow.source?.units.map(\.index))
            #expect((relevance["classes"] as? [[String: Any]])?.map { ($0["share"] as? Double).map { Float($0) } } == flow.classes.map(\.share))
            #expect((relevance["mostRelevant"] as? [[String: Any]])?.map { $0["image"] as? Int } == flow.relevantImages.map(\.exemplar.image))
            let range = try #require(try run.read(LayerRange.self, from: .range(layer: "layer2.1"))).units[2]
            let quantiles = try #require((record["range"] as? [String: Any])?["quantiles"] as? [[String: Any]])
            #expect(quantiles.map { ($0["activation"] as? Double).map { Float($0) } } == range.quantiles.map(\.exemplar.activation))
            let similar = try #require(try run.read(LayerSimilarity.self, from: .similarity(layer: "layer2.1"))).units[2].similar
            let found = try #require((record["similarity"] as? [String: Any])?["similar"] as? [[String: Any]])
            #expect(found.map { $0["unit"] as? Int } == similar.map(\.unit))
        }
    }

    /// The schema is held against what it must not let pass: a check that sees nothing would pass the tests above.
    @Test(arguments: [
        ("\"unit\":1", "\"unit\":-1"), ("\"unit\":1", "\"unit\":\"1\""), ("\"formatVersion\":1", "\"formatVersion\":2"),
        ("\"images\":120,", ""), ("\"unit\":1", "\"unit\":1,\"more\":2"), ("\"activeImages\":0.4", "\"activeImages\":1.4"),
    ])
    func theSchemaIsStrict(_ sound: String, _ unsound: String) throws {
        try withTemporaryFolder { place in
            _ = try SiteRenderer(run: try FixtureRun().write(to: place + "/run")).render(to: place + "/site")
            let schema = try StrictSchema(Data(contentsOf: URL(fileURLWithPath: place + "/site/assets/unit.schema.json")))
            let text = try String(contentsOfFile: place + "/site/layers/layer2.1/1/unit.json", encoding: .utf8)
            #expect(try schema.objections(to: Data(text.utf8)) == [])
            let changed = text.replacingOccurrences(of: sound, with: unsound)
            #expect(changed != text)
            #expect(try !schema.objections(to: Data(changed.utf8)).isEmpty)
        }
    }
}
