import Foundation
import Testing

/// Many figures from a YAML list.
struct FigureListTests {
    private func write(_ list: String, _ world: SmallWorld) throws {
        try Data(list.utf8).write(to: URL(fileURLWithPath: world.path("list.yaml")))
    }

    @Test func `all entries are checked before any is drawn`() throws {
        try SmallWorld.with { world in
            try Program.expectSuccess(SmallWorld.report("--run", "run", "--seeds", "1", units: "layer3:0-3", steps: 2), in: world.folder)
            let make = ["figure", "--figures", "list.yaml", "--run", "run", "--out", "figures", "--venue", "icml", "-q"]
            try write(
                """
                - {kind: unit, layer: layer3, units: 2}
                - kind: units
                  layer: layer3
                  units: [3, 0-1]
                  columns: 2
                  name: some-units
                - {kind: classes, classes: [green, 0], venue: neurips}
                - {kind: histogram, layer: layer3, units: "1", width: 2.5, text-size: 7, anonymous: true}
                """, world)
            try Program.expectSuccess(make, in: world.folder)
            let latex = ["unit-layer3-2": "3.250", "some-units": "6.750", "classes-1-0": "5.500", "histogram-layer3-1": "2.500"]
            for (name, width) in latex {
                let text = try String(contentsOfFile: world.path("figures/\(name).tex"), encoding: .utf8)
                #expect(text.contains("width=\(width)in"), "\(name)")
            }
            #expect(!FileManager.default.fileExists(atPath: world.path("figures/histogram-layer3-1.bib")))
            try Program.expectSuccess(["figure", "--from", "figures/some-units.json", "--out", "again", "-q"], in: world.folder)
            for ending in ["pdf", "svg", "png", "csv", "tex", "json", "bib"] {
                #expect(
                    FileManager.default.contentsEqual(
                        atPath: world.path("figures/some-units.\(ending)"), andPath: world.path("again/some-units.\(ending)")), "\(ending)")
            }

            try write(
                """
                - {kind: unit, layer: layer3, units: 2}
                - {kind: unit, layer: layer3, units: 64}
                - {kind: unit, layr: layer3}
                - {kind: classes, columns: many}
                - {kind: unit, layer: layer3, units: 2, columns: 2}
                - {kind: classes, run: nowhere}
                - text
                """, world)
            var refused = make
            refused[6] = "none"
            let outcome = try Program.run(refused, in: world.folder)
            #expect(outcome.status == 2 && !FileManager.default.fileExists(atPath: world.path("none")))
            for words in [
                "6 of its 7 figures", "entry 2, units:", "0 to 63", "entry 3, layr:", "Did you mean layer?", "entry 4, columns:", "entry 5, name:", "entry 1",
                "entry 6, run:", "entry 7:",
            ] {
                #expect(outcome.errors.contains(words), "\(words) in \(outcome.errors)")
            }
        }
    }

    @Test(arguments: ["", "{}", "kind: unit", "- [", "[]", "'"]) func `what is no list is refused`(_ text: String) throws {
        try SmallWorld.with { world in
            try write(text, world)
            let outcome = try Program.run(["figure", "--figures", "list.yaml", "--run", "run", "--out", "figures"], in: world.folder)
            #expect(outcome.status == 2 && outcome.errors.contains("list.yaml"), "\(outcome.errors)")
        }
    }
}
