import Diagnostics
import Foundation
import Run
import Testing

@testable import Site

struct ExplanationBookletTests {
    private static let tool = RunManifest.Tool(name: "Vitrine", version: "0.1.0", engine: "oneDNN")
    private static let hostile = "../<script>alert(1)</script>\" onerror=\"x\u{202E}"

    /// What a run of `layers` would tell of picture `number`.
    private static func explanation(_ layers: [String], path: String, number: Int = 0, units: Int = 3) -> Explanation {
        Explanation(
            path: path, sha256: String(repeating: "0f", count: 32),
            predictions: [.init(index: 2, logit: 4.5, probability: 0.875), .init(index: 0, logit: 1, probability: 0.1)],
            relevance: .init(composite: "vital", classIndex: 2, started: 4.5, layer: "conv1", residual: 0.002, limit: 0.25),
            layers: layers.map { layer in
                let key = RunPath.key(for: layer)
                func finding(_ unit: Int, _ kind: String) -> Explanation.Finding {
                    .init(
                        unit: unit, activation: 3.25, percentile: 98.5, multipleOfLargest: 0.75, share: kind == "relevant" ? 0.25 : nil,
                        position: [1, 2], window: [2, 0, 13, 11], map: "\(number + 1)/\(kind)/\(key)-\(unit).png")
                }
                return .init(
                    layer: layer, key: key, shape: [units, 8, 8], images: 120, arrived: 0.98, residual: 0.02,
                    excited: (0..<units).map { finding($0, "excited") }, relevant: (0..<units).map { finding($0, "relevant") })
            })
    }

    private static func add(_ explanation: Explanation, number: Int, to booklet: ExplanationBooklet) throws {
        let picture = PlainPNG.encode(width: 16, height: 16, pixels: Array(repeating: 90, count: 768))
        let maps = explanation.layers.flatMap { $0.excited + $0.relevant }.compactMap(\.map)
        try booklet.add(
            explanation, number: number, picture: picture, format: "png", relevance: picture,
            maps: Dictionary(uniqueKeysWithValues: maps.map { ($0, picture) }))
    }

    private static func write(_ run: RunFolder, to out: String, layers: [String], paths: [String], skipped: [String] = [], units: Int = 3) throws -> Int {
        let booklet = try ExplanationBooklet(
            run: run, count: paths.count + skipped.count, to: out, templates: nil, realImages: .whole, tool: tool, command: "vitrine explain")
        for (number, path) in paths.enumerated() { try add(explanation(layers, path: path, number: number, units: units), number: number, to: booklet) }
        for path in skipped { booklet.skip(path, reason: "it is <broken>") }
        return try booklet.publish()
    }

    @Test func `one picture is one page that stands by itself`() throws {
        try withTemporaryFolder { place in
            let fixture = FixtureRun(), run = try fixture.write(to: place + "/run")
            #expect(try Self.write(run, to: place + "/out", layers: fixture.layerNames, paths: ["cat.jpg"]) == 1)
            #expect(try LinkChecker.brokenLinks(in: place + "/out") == [])
            let page = try String(contentsOfFile: place + "/out/index.html", encoding: .utf8)
            for text in [
                "predicts <strong>bird</strong> (87.5\u{A0}%)", "above 98.5\u{A0}% of images", "98.0\u{A0}% of the relevance arrived here (residual 0.0200)",
                "Most relevant units for bird", "src=\"units/layer2.1/1.png\"", "href=\"1/excited/layer1-2.png\"", "href=\"explain.json\"",
            ] { #expect(page.contains(text), "\(text)") }
            // No site is there to be linked to, and nothing of one is.
            #expect(!page.contains("layers/layer1") && !page.contains("method.html"))
            let json = try #require(
                JSONSerialization.jsonObject(with: Data(contentsOf: URL(fileURLWithPath: place + "/out/explain.json"))) as? [String: Any])
            #expect((json["images"] as? [[String: Any]])?.count == 1 && (json["classes"] as? [String: String])?["2"] == "bird")
            #expect(((json["run"] as? [String: Any])?["checkpoint"] as? [String: Any])?["sha256"] as? String == fixture.manifest.network.checkpoint.sha256)
        }
    }

    @Test func `several pictures have a list, and the same again gives the same bytes`() throws {
        try withTemporaryFolder { place in
            let fixture = FixtureRun(), run = try fixture.write(to: place + "/run")
            for out in ["one", "two"] {
                let pages = try Self.write(
                    run, to: place + "/" + out, layers: fixture.layerNames, paths: ["a.png", Self.hostile], skipped: [Self.hostile])
                #expect(pages == 3)
            }
            #expect(try LinkChecker.brokenLinks(in: place + "/one") == [])
            let files = try LinkChecker.files(in: place + "/one")
            #expect(try files == LinkChecker.files(in: place + "/two"))
            for file in files {
                #expect(FileManager.default.contentsEqual(atPath: "\(place)/one/\(file)", andPath: "\(place)/two/\(file)"), "\(file)")
            }
            for file in files where file.hasSuffix(".html") {
                let page = try String(contentsOfFile: "\(place)/one/\(file)", encoding: .utf8)
                #expect(!page.contains("<script>alert") && !page.contains("\" onerror") && !page.contains("\u{202E}") && !page.contains("<broken>"))
            }
            #expect(try String(contentsOfFile: place + "/one/index.html", encoding: .utf8).contains("id=\"skipped\""))
        }
    }

    @Test func `in a site, or beside it, units are links to their cards`() throws {
        try withTemporaryFolder { place in
            let fixture = FixtureRun(), run = try fixture.write(to: place + "/run")
            _ = try SiteRenderer(run: run).render(to: place + "/my site")
            // Another run's site of the same network is not its own.
            var other = FixtureRun()
            other.layerNames = ["layer1"]
            _ = try SiteRenderer(run: other.write(to: place + "/other run")).render(to: place + "/another site")
            _ = try Self.write(run, to: place + "/my site/explained/cat", layers: fixture.layerNames, paths: ["cat.jpg"])
            let within = try String(contentsOfFile: place + "/my site/explained/cat/index.html", encoding: .utf8)
            #expect(within.contains("href=\"../../layers/layer2.1/1/index.html\"") && within.contains("href=\"../../classes/2/index.html\""))
            #expect(try LinkChecker.brokenLinks(in: place + "/my site") == [])
            _ = try Self.write(run, to: place + "/beside", layers: fixture.layerNames, paths: ["cat.jpg"])
            let beside = try String(contentsOfFile: place + "/beside/index.html", encoding: .utf8)
            #expect(beside.contains("href=\"../my%20site/layers/layer2.1/1/index.html\""))
            // A rendering of the site leaves the pages in it.
            _ = try SiteRenderer(run: run).render(to: place + "/my site")
            #expect(FileManager.default.fileExists(atPath: place + "/my site/explained/cat/index.html"))
        }
    }

    @Test func `pages that are something else are not replaced, and without a picture there are none`() throws {
        try withTemporaryFolder { place in
            let fixture = FixtureRun(), run = try fixture.write(to: place + "/run")
            _ = try SiteRenderer(run: run).render(to: place + "/site")
            #expect(throws: Problem.self) { try Self.write(run, to: place + "/site", layers: fixture.layerNames, paths: ["cat.jpg"]) }
            #expect(FileManager.default.fileExists(atPath: place + "/site/method.html"))
            #expect(throws: Problem.self) { try Self.write(run, to: place + "/none", layers: fixture.layerNames, paths: [], skipped: ["a", "b"]) }
            #expect(!FileManager.default.fileExists(atPath: place + "/none"))
            // The same kind of pages is.
            for path in ["a.png", "b.png"] { _ = try Self.write(run, to: place + "/out", layers: fixture.layerNames, paths: [path]) }
            #expect(try String(contentsOfFile: place + "/out/index.html", encoding: .utf8).contains("b.png"))
        }
    }

    @Test func `pages stay below 100 kB whatever the number of layers`() throws {
        try withTemporaryFolder { place in
            var fixture = FixtureRun()
            fixture.units = 12
            fixture.unitsWithPrototypes = 0..<12
            fixture.layerNames = (0..<20).map { "features.denseblock\($0).a-rather-long-name-of-a-layer" }
            let run = try fixture.write(to: place + "/run")
            _ = try SiteRenderer(run: run).render(to: place + "/site")
            _ = try Self.write(run, to: place + "/site/explained", layers: fixture.layerNames, paths: ["cat.jpg"], units: 10)
            #expect(try LinkChecker.brokenLinks(in: place + "/site") == [])
            let pages = try LinkChecker.files(in: place + "/site/explained").filter { $0.hasSuffix(".html") }
            #expect(pages.count == 7)
            for page in pages { #expect(try Data(contentsOf: URL(fileURLWithPath: place + "/site/explained/" + page)).count < 100_000, "\(page)") }
        }
    }
}
