import Foundation
import Run
import Testing

@testable import Site

struct RecordedOptionTests {
    @Test func rowsStandSectionAfterSection() throws {
        var options = RunOptions(command: "")
        (options.layers, options.steps, options.warmup, options.teacher) = (["layer1", "layer2"], 20_000, 1, "00")
        let rows = options.recorded().rows
        #expect(
            rows.map(\.0) == [
                "layers", "units", "classes", "concepts", "labels", "seed", "seeds", "schedule", "steps", "references", "window",
                "window stride", "references as", "diversity", "inner units", "composite", "jitter", "learning rate", "warm-up",
                "mirrored at random", "early stopping", "Winograd's convolutions", "Precision of convolutions",
                "top-activating images kept", "teacher", "SHA-256 of the teacher",
            ])
        let values = Dictionary(uniqueKeysWithValues: rows)
        #expect(values["layers"] == "layer1, layer2" && values["steps"] == "20,000" && values["window stride"] == "0.8")
        #expect(values["labels"] == "from the folders" && values["jitter"] == "0 px" && values["warm-up"] == "1 step")
        #expect(values["mirrored at random"] == "no" && values["Winograd's convolutions"] == "where they are faster")
    }

    @Test func theMethodMayNameEveryOption() throws {
        try withTemporaryFolder { place in
            let run = try FixtureRun().write(to: place + "/run"), own = place + "/own"
            try FileManager.default.createDirectory(atPath: own, withIntermediateDirectories: true)
            let text = "{{options.window-stride}}{{#options.winograd}} fast{{/options.winograd}}{{#options.flip}} mirrored{{/options.flip}}."
            try Data(text.utf8).write(to: URL(fileURLWithPath: own + "/method.md"))
            _ = try SiteRenderer(run: run, templates: own).render(to: place + "/site")
            let page = try String(contentsOfFile: place + "/site/method.html", encoding: .utf8)
            #expect(page.contains("0.8 fast."), "\(page.suffix(2000))")
        }
    }
}
