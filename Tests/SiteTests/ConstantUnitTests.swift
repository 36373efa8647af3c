import Run
import Testing

@testable import Site

struct ConstantUnitTests {
    /// A unit that is 5 everywhere: its prototype is no stronger than any image, and no class excels.
    @Test func nothingIsClaimedOfAConstantUnit() throws {
        try withTemporaryFolder { place in
            let run = try FixtureRun().write(to: place + "/run")
            var layer = try #require(try run.read(LayerStatistics.self, from: .statistics(layer: "layer1")))
            (layer.units[1].minimum, layer.units[1].maximum) = (5, 5)
            try run.write(layer, to: .statistics(layer: "layer1"))
            _ = try SiteRenderer(run: run).render(to: place + "/site")
            func page(_ path: String) throws -> String { try String(contentsOfFile: place + "/site/" + path, encoding: .utf8) }
            let card = try page("layers/layer1/1/index.html")
            #expect(card.contains("Constant: 5.00 at every position of all 120 images.") && card.contains("nothing activates it more"))
            #expect(!card.contains("Responds most to") && !card.contains("Stronger than"))
            #expect(try page("layers/layer1/index.html").contains("unit 1 <span class=\"tag\">constant</span>"))
            // Others are as they were.
            #expect(try page("layers/layer1/2/index.html").contains("Responds most to"))
            #expect(!(try page("layers/layer1/2/index.html").contains("Constant")))
        }
    }
}
