import Diagnostics
import Foundation
import Run
import Testing

@testable import Site

struct UnitFindingsTests {
    private static func site(_ fixture: FixtureRun, _ body: (_ place: String, _ page: (String) throws -> String) throws -> Void) throws {
        try withTemporaryFolder { place in
            _ = try SiteRenderer(run: try fixture.write(to: place + "/run")).render(to: place + "/site")
            try body(place + "/site") { try String(contentsOfFile: place + "/site/" + $0, encoding: .utf8) }
        }
    }

    private static var fixture: FixtureRun {
        var fixture = FixtureRun()
        fixture.hasUnitFindings = true
        return fixture
    }

    @Test func everyLinkLeadsSomewhere() throws {
        try Self.site(Self.fixture) { site, _ in
            let broken = try LinkChecker.brokenLinks(in: site)
            #expect(broken == [])
        }
    }

    @Test func theWholeRangeIsOnTheCard() throws {
        try Self.site(Self.fixture) { _, page in
            let card = try page("layers/layer1/1/index.html")
            for text in [
                "<h2 id=\"range\">Across its range</h2>", "of all 120 images", "<span class=\"amount\">0.125</span>0\u{A0}%",
                "<span class=\"amount\">2.12</span>88.9\u{A0}%", "16.7\u{A0}% of all images leave the unit at exactly zero",
                "<rect class=\"window\" x=\"3\" y=\"0\" width=\"11\" height=\"11\"/>",
            ] { #expect(card.contains(text), "\(text)") }
            let strip = card.components(separatedBy: "<ol class=\"strip\">")[1].components(separatedBy: "</ol>")[0]
            #expect(strip.components(separatedBy: "<li>").count == 10)
            #expect(try page("layers/layer2.1/1/index.html").contains("taken from 60 images spread evenly over all 120 (the last is the strongest of all)"))
            // A dead unit has no range.
            #expect(!(try page("layers/layer1/4/index.html").contains("Across its range")))
            #expect(try page("method.html").contains("Across the range."))
        }
    }

    @Test func similarAndOppositeUnitsAreLinks() throws {
        try Self.site(Self.fixture) { _, page in
            let card = try page("layers/layer1/1/index.html")
            for text in [
                "<a href=\"../../../layers/layer1/0/index.html\">", "0.94 <span class=\"tag\">redundant</span>", "−0.50",
                "<a href=\"../../../layers/layer1/map/index.html\">Map of all units</a>", "Pairs with <em>r</em> of 0.9 or more are called redundant.",
            ] { #expect(card.contains(text), "\(text)") }
            #expect(try page("layers/layer1/4/index.html").contains("The unit has the same mean in all images"))
            #expect(try page("layers/layer1/index.html").contains("layers/layer1/map/index.html\">Map of the units, and which are redundant (1 pair)"))
            let map = try page("layers/layer1/map/index.html")
            for text in [
                "<a href=\"../0/index.html\" tabindex=\"-1\"><title>unit 0, dog</title><circle", "role=\"group\"", "1 pair with a correlation of at least 0.9.",
                "<line class=\"tie\"", "1 unit is constant over all images and not on the map.",
                "<th scope=\"row\"><a href=\"../1/index.html\">1</a><td>deer<td><a href=\"../0/index.html\">0</a> 0.94<td><a href=\"../3/index.html\">3</a> −0.50",
            ] { #expect(map.contains(text), "\(text)") }
            let method = try page("method.html")
            #expect(method.contains("Similar units.") && method.contains("van der Maaten"))
        }
    }

    @Test func aLargeMapComesInParts() throws {
        var fixture = Self.fixture
        (fixture.layerNames, fixture.units, fixture.unitsWithPrototypes) = (["layer1"], 2048, 0..<0)
        fixture.classNames = fixture.classNames.map { $0 + ", " + String(repeating: "x", count: 40) }
        try withTemporaryFolder { place in
            let run = try fixture.write(to: place + "/run"), content = try RunContent(run)
            let folder = try SiteFolder(target: place + "/site")
            let context = SiteContext(
                content: content, templates: try Templates(bundled: try Resources.find().templates, override: nil), folder: folder)
            let layer = try #require(try LayerContent(content.reportedLayers[0], of: run))
            try UnitMapPage(context: context, layer: layer).write()
            try folder.publish()
            var linked = Set<Int>()
            for part in 1...14 {
                let path = "/site/layers/layer1/map/" + (part > 1 ? "\(part)/" : "") + "index.html"
                let text = try String(contentsOfFile: place + path, encoding: .utf8)
                #expect(text.utf8.count < 100_000)
                for piece in text.components(separatedBy: "tabindex=\"-1\"><title>unit ").dropFirst() {
                    if let unit = Int(piece.prefix { $0.isNumber }) { linked.insert(unit) }
                }
            }
            // All but the one that is dead.
            #expect(linked == Set(0..<2047))
            #expect(UnitMapPage.path(layer, part: UnitMap(try #require(layer.similarity)).part(of: 300)) == "layers/layer1/map/3/index.html")
        }
    }

    @Test func relevanceIsAPictureAndATable() throws {
        try Self.site(Self.fixture) { _, page in
            let card = try page("layers/layer2.1/2/index.html")
            for text in [
                "<a href=\"../../../layers/layer1/2/index.html\" tabindex=\"-1\"><title>unit 2 50.0\u{A0}%</title>",
                "<path class=\"ribbon against\"", "unit 1</a> of layer1</th><td class=\"number\">−12.5\u{A0}%",
                "back to layer1, where 75.0\u{A0}% of it arrives (conservation residual 0.250)", "The rest bypasses layer1",
                "<a href=\"../../../classes/3/index.html\">cat</a></th><td class=\"number\">6.2\u{A0}%", "first 8 images",
            ] { #expect(card.contains(text), "\(text)") }
            let first = try page("layers/layer1/2/index.html")
            #expect(first.contains("unit 1</a> of layer2.1</th><td class=\"number\">37.5\u{A0}%") && !first.contains("Where its relevance comes from"))
            // The image's own class goes without saying whose relevance it is.
            for text in ["Most relevant images", "<span class=\"amount\">31.2\u{A0}%</span>", "<span class=\"amount\">25.0\u{A0}%</span>"] {
                #expect(card.contains(text), "\(text)")
            }
            let kind = try page("classes/3/index.html")
            for text in [
                "summed over 20 images of the class", "<a href=\"../../layers/layer1/4/index.html\" tabindex=\"-1\"><title>unit 4 56.2\u{A0}%, layer1</title>",
                "layer2.1: 100.1\u{A0}% of the relevance arrives here (conservation residual 0.00100)",
            ] { #expect(kind.contains(text), "\(text)") }
            #expect(!(try page("classes/2/index.html").contains("Relevance flow")))
            let method = try page("method.html")
            #expect(method.contains("Relevance flow.") && method.contains("(at most 8)") && method.contains("(at most 20)") && method.contains("RelMax"))
        }
    }

    @Test func prototypesStandBesideRealImagesLayerByLayer() throws {
        try Self.site(Self.fixture) { _, page in
            let card = try page("layers/layer1/2/index.html")
            for text in [
                "At layer1 the prototype correlates with its real images to <strong>0.25</strong>, these with each other to 0.50 (0.38 to 0.62), "
                    + "and with images of other units to −0.12.",
                "to which it was not matched; these among themselves", "these with 64 images of other units.", "<polyline class=\"curve\"",
                "<polygon class=\"band\"", "conv1: prototype 0.94, real images 0.88, other images 0.62; layer1: ",
                "<th scope=\"row\" class=\"break\">fc&lt;1&gt;</th><td class=\"number\">–</td>",
            ] { #expect(card.contains(text), "\(text)") }
            #expect(try page("layers/layer1/0/index.html").contains("8 images that it stands for, to which it was matched;"))
            let alone = try page("layers/layer1/1/index.html")
            #expect(!alone.contains("of other units") && !alone.contains("<polyline class=\"quiet\""))
            // The unit without a prototype, and a class that was not compared, have none of it.
            #expect(!(try page("layers/layer1/4/index.html").contains("id=\"paths\"")))
            #expect(!(try page("classes/2/index.html").contains("id=\"paths\"")))
            #expect(try page("classes/3/index.html").contains("with 40 images of other classes"))
            #expect(try page("method.html").contains("Processed like real images?"))
        }
    }

    @Test func facetsStandSideBySide() throws {
        try Self.site(Self.fixture) { site, page in
            let card = try page("layers/layer1/0/index.html")
            for text in [
                "Its 48 references fall into 2 clusters: mean silhouette <strong>0.50</strong>, against 0.12 on average and 0.25 at most in 99 draws",
                "62.5\u{A0}% of the variance lies between them, against 25.0\u{A0}%", "most like facet 2 (mean cosine with the references of each: 0.25, 0.50)",
                "alt=\"Prototype of facet 2 of unit 0 of layer1\"", "<strong>Facet 1</strong>, 2 references: activates the unit to 4.50, 1.50 times",
                "<span>Mean cosine with its references 0.75, with the next facet’s 0.25</span>; its references with each other 0.62.",
                "<span class=\"doubt\">Mean cosine with its references 0.31, with the next facet’s 0.38</span>", "aria-label=\"References of facet 2\"",
            ] { #expect(card.contains(text), "\(text)") }
            #expect(FileManager.default.fileExists(atPath: site + "/layers/layer1/0/facet-2.png"))
            #expect(try page("layers/layer1/1/index.html").contains("into 2 clusters, has a mean silhouette of 0.16, which 30 of 99 draws with a single cluster reach."))
            for path in ["layers/layer1/2/index.html", "layers/layer2.1/0/index.html"] { #expect(!(try page(path).contains("id=\"facets\""))) }
            let method = try page("method.html")
            #expect(method.contains("Facets.") && method.contains("with one seed: 1 of 3 units."))
        }
    }

    /// Folders made before, and runs without relevance, have none of it, and say none of it.
    @Test func whatWasNotDoneIsNotSaid() throws {
        try Self.site(FixtureRun()) { site, page in
            let text = try page("layers/layer1/1/index.html") + page("method.html") + page("classes/3/index.html")
            for word in ["Across", "Similar", "redundant", "Relevance flow", "RelMax", "Most relevant", "Processed like", "Facets"] { #expect(!text.contains(word), "\(word)") }
            #expect(!FileManager.default.fileExists(atPath: site + "/layers/layer1/map"))
        }
    }
}
