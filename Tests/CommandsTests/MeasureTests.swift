import Foundation
import Images
import Testing

/// `measure` from the outside: of a network that judges itself, and by pixels counted here.
@Suite struct MeasureTests {
    private static func measure(_ world: SmallWorld, _ more: String...) throws -> [[String: Any]] {
        let text = try Program.expectSuccess(["measure"] + more + ["--json", "-q"], in: world.folder)
        return try #require(JSONSerialization.jsonObject(with: Data(text.utf8)) as? [[String: Any]])
    }

    /// The mean difference between neighbours of a picture, in values of 0 to 1 over `deviation`.
    private static func grain(_ path: String, deviation: [Double]) throws -> Double {
        let picture = try ImageDecoder.picture(at: path), width = picture.width, height = picture.height
        func value(_ x: Int, _ y: Int, _ colour: Int) -> Double { Double(picture.pixels[3 * (y * width + x) + colour]) / 255 / deviation[colour] }
        var sum = 0.0, count = 0
        for colour in 0..<3 {
            for y in 0..<height {
                for x in 0..<width {
                    if x > 0 { (sum, count) = (sum + abs(value(x, y, colour) - value(x - 1, y, colour)), count + 1) }
                    if y > 0 { (sum, count) = (sum + abs(value(x, y, colour) - value(x, y - 1, colour)), count + 1) }
                }
            }
        }
        return sum / Double(count)
    }

    @Test func `two runs are measured side by side`() throws {
        try SmallWorld.with { world in
            try Program.expectSuccess(SmallWorld.report("--seeds", "1", "--std", "0.25,0.25,0.25"), in: world.folder)
            try Program.expectSuccess(SmallWorld.report("--seeds", "1", "--std", "0.25,0.25,0.25", "--schedule", "published", out: "other"), in: world.folder)
            let runs = try Self.measure(world, "site-run", "other-run", "--judge", "network.safetensors", "--judge-preprocessing", "std=0.25,0.25,0.25")
            #expect(runs.map { $0["schedule"] as? String } == ["fourier", "published"])
            for (run, folder) in zip(runs, ["site-run", "other-run"]) {
                let groups = try #require(run["groups"] as? [[String: Any]])
                #expect(groups.map { $0["name"] as? String } == ["classes", "layer3"] && groups.map { $0["prototypes"] as? Int } == [2, 4])
                let classes = groups[0], units = groups[1]
                // The network judges as itself.
                #expect(classes["accuracy"] as? Double == classes["transfer"] as? Double)
                let own = try #require(classes["probability"] as? Double), judged = try #require(classes["transferProbability"] as? Double)
                #expect(abs(own - judged) < 1e-4)
                #expect(units["transfer"] == nil && units["accuracy"] == nil)
                var grain = 0.0
                for unit in 0...3 { grain += try Self.grain(world.path("\(folder)/layers/layer3/prototypes/\(unit).png"), deviation: [0.25, 0.25, 0.25]) / 4 }
                let measured = try #require(units["grain"] as? Double)
                #expect(abs(measured - grain) < 1e-4)
                for group in groups {
                    for key in ["realGrain", "grain", "multipleOfLargest"] { #expect(try #require(group[key] as? Double) > 0, "\(key)") }
                    let colours = try #require(group["colourDistance"] as? Double), percentile = try #require(group["percentile"] as? Double)
                    #expect(colours >= 0 && colours <= 1 && percentile >= 0 && percentile <= 100)
                }
            }
            let text = try Program.expectSuccess(["measure", "site-run", "other-run", "-q"], in: world.folder)
            #expect(text.contains("layer3") && text.contains("other-run") && !text.contains("transfer"))
        }
    }

    @Test func `a run without prototypes says so`() throws {
        try SmallWorld.with { world in
            try Program.expectSuccess(
                ["report", "network.safetensors", "--images", "images", "--out", "site", "--units", "none", "--classes", "none", "-q"], in: world.folder)
            let outcome = try Program.run(["measure", "site-run"], in: world.folder)
            #expect(outcome.status == 2 && outcome.errors.contains("holds no prototypes"))
        }
    }
}
