import Diagnostics
import Foundation
import Run
import Testing

@testable import Site

struct DifferenceBookletTests {
    private static func difference(_ fixture: FixtureRun, layer: String, units: [RunDifference.Unit], listing: String? = nil) -> RunDifference {
        let side = RunDifference.Side(fixture.manifest, top1: 0.812)
        var other = side
        other.checkpoint.sha256 = String(repeating: "ab", count: 32)
        if let listing { other.listing = listing }
        return RunDifference(
            tool: fixture.manifest.tool, command: "vitrine diff a b", first: side, second: other,
            images: .init(path: "photos/<b>", count: 120, found: 121, skipped: [.init(path: "<i>.png", reason: "<u>")], listing: side.listing),
            threshold: 0.5,
            layers: [
                .init(
                    first: layer, second: layer, firstUnits: fixture.units, secondUnits: fixture.units,
                    counts: Dictionary(uniqueKeysWithValues: RunDifference.Status.allCases.map { status in (status, units.count { $0.status == status }) }),
                    meanOneToOne: 0.75, medianSame: 0.5, units: units)
            ], notCompared: [.init(layer: "stage4 of B", reason: "A reports no layer of that name")])
    }

    private static let units: [RunDifference.Unit] = [
        .init(
            status: .lost, unit: 0, counterpart: nil, correlation: 0.25, same: -0.125, oneToOne: .init(unit: 2, correlation: 0.125),
            best: .init(unit: 3, correlation: 0.25)),
        .init(status: .born, unit: nil, counterpart: 0, correlation: 0.375, same: -0.125, oneToOne: nil, best: .init(unit: 1, correlation: 0.375)),
        .init(
            status: .moved, unit: 1, counterpart: 3, correlation: 0.875, same: 0, oneToOne: .init(unit: 3, correlation: 0.875),
            best: .init(unit: 3, correlation: 0.875)),
        .init(
            status: .kept, unit: 2, counterpart: 2, correlation: 1, same: 1, oneToOne: .init(unit: 2, correlation: 1),
            best: .init(unit: 2, correlation: 1)),
        .init(status: .constant, unit: 4, counterpart: nil, correlation: nil, same: nil, oneToOne: nil, best: nil),
        .init(status: .constantInSecond, unit: nil, counterpart: 4, correlation: nil, same: nil, oneToOne: nil, best: nil),
    ]

    private static func publish(_ difference: RunDifference, _ run: RunFolder, to out: String) throws -> Int {
        try DifferenceBooklet(difference, of: (run, run), to: out, templates: nil, realImages: .whole).publish()
    }

    @Test func `units of both runs stand side by side, most changed first, and by what became of them`() throws {
        try withTemporaryFolder { place in
            let fixture = FixtureRun(), run = try fixture.write(to: place + "/run")
            let difference = Self.difference(fixture, layer: "layer2.1", units: Self.units)
            #expect(try Self.publish(difference, run, to: place + "/out") == 8)
            #expect(try LinkChecker.brokenLinks(in: place + "/out") == [])
            func page(_ path: String) throws -> String { try String(contentsOfFile: "\(place)/out/\(path)", encoding: .utf8) }
            let overview = try page("index.html")
            for text in [
                "stage4 of B: A reports no layer of that name", "81.2\u{A0}%", "photos/&lt;b&gt;", "&lt;i&gt;.png", "href=\"layers/layer2.1/index.html\"",
            ] { #expect(overview.contains(text), "\(text)") }
            #expect(!overview.contains("different images"))
            let layer = try page("layers/layer2.1/index.html")
            let rows = layer.components(separatedBy: "<tr><th scope=\"row\">").dropFirst()
            #expect(rows.count == 6 && rows.first?.hasPrefix("<strong>lost</strong>") == true)
            for text in [
                "same unit: −0.12", "one to one: B 2, 0.12", "best: A 1, 0.38", "<em>r</em> = 0.88", "no correlation is defined", "lost 1", "constant in B 1",
                "src=\"../../a/layers/layer2.1/1.png\"", "src=\"../../b/layers/layer2.1/3.png\"", "strongest images in common: 4 of 4", "<span class=\"tag\">dead</span>",
            ] { #expect(layer.contains(text), "\(text)") }
            #expect(!layer.contains("nan") && !layer.contains("undefined<"))
            let lost = try page("layers/layer2.1/lost/index.html")
            #expect(lost.components(separatedBy: "<strong>lost</strong>").count == 2 && !lost.contains("<strong>born</strong>"))
            // All of it for other programs.
            let decoded = try JSONDecoder().decode(RunDifference.self, from: Data(contentsOf: URL(fileURLWithPath: place + "/out/diff.json")))
            #expect(decoded == difference)
            let lines = try page("diff.csv").components(separatedBy: "\r\n")
            #expect(lines.count == 8 && lines[1] == "layer2.1,layer2.1,lost,0,,0.25,-0.125,2,0.125,3,0.25" && lines[5] == "layer2.1,layer2.1,constant in A,4,,,,,,,")
        }
    }

    @Test func `other images are said, and strongest images of different sets are not counted together`() throws {
        try withTemporaryFolder { place in
            let fixture = FixtureRun(), run = try fixture.write(to: place + "/run")
            _ = try Self.publish(Self.difference(fixture, layer: "layer1", units: Self.units, listing: "other"), run, to: place + "/out")
            #expect(try String(contentsOfFile: place + "/out/index.html", encoding: .utf8).contains("The runs looked at different images"))
            #expect(try !String(contentsOfFile: place + "/out/layers/layer1/index.html", encoding: .utf8).contains("in common"))
        }
    }

    @Test func `many units and names that mean harm`() throws {
        try withTemporaryFolder { place in
            var fixture = FixtureRun()
            fixture.units = 150
            fixture.unitsWithPrototypes = 0..<150
            fixture.layerNames = ["<script>alert(1)</script>=\"'../aux"]
            fixture.imagePath = { "<img src=x onerror=alert(\($0))>/\(String(repeating: "long", count: 30))\".png" }
            let run = try fixture.write(to: place + "/run")
            let units = (0..<149).map { unit -> RunDifference.Unit in
                let match = RunDifference.Match(unit: unit, correlation: 0.75)
                return .init(status: .kept, unit: unit, counterpart: unit, correlation: 0.75, same: 0.75, oneToOne: match, best: match)
            }
            let difference = Self.difference(fixture, layer: fixture.layerNames[0], units: units)
            _ = try SiteRenderer(run: run).render(to: place + "/site")
            for out in ["/site/diff", "/again"] { _ = try Self.publish(difference, run, to: place + out) }
            #expect(try LinkChecker.brokenLinks(in: place + "/site") == [])
            for file in try LinkChecker.files(in: place + "/site/diff") where file.hasSuffix(".html") {
                let bytes = try Data(contentsOf: URL(fileURLWithPath: place + "/site/diff/" + file)), page = String(decoding: bytes, as: UTF8.self)
                #expect(bytes.count < 100_000, "\(file): \(bytes.count)")
                #expect(!page.contains("<script>alert") && !page.contains("<img src=x"))
            }
            #expect(throws: Problem.self) { try Self.publish(difference, run, to: place + "/site") }
        }
    }
}
