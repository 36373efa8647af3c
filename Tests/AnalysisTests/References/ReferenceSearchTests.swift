import Diagnostics
import Foundation
import Images
import Network
import Run
import Tensors
import Testing

@testable import Analysis

struct ReferenceSearchTests {
    private static let layers = ["layer1", "layer3"]
    private static let grid = WindowGrid(side: 16, stride: 0.5, height: 32, width: 32)

    private final class Saved: @unchecked Sendable {
        var states: [[UInt8]] = []
        var named: [String: [UInt8]] = [:]
    }

    private static func options(_ window: String, kind: String = "window", diversity: Float = 0) -> RunOptions {
        RunOptions(
            layers: layers, units: "all", classes: "none", labels: nil, seed: 0, steps: 1, references: 3, window: window, windowStride: 0.5,
            referencesAs: kind, diversity: diversity, jitter: 0, learningRate: 1, warmup: 0, strongest: 1, command: "")
    }

    /// Two layers' first units, with every readable image among their candidates if `all`.
    private static func candidates(
        _ set: SmallDataSet, _ options: RunOptions = options("16"), all: Bool = false
    ) throws -> (settings: ReferenceSettings, candidates: [ReferenceCandidates]) {
        let sweep = try Sweep(network: set.network, images: set.images, layers: layers, capacity: 12, threads: 2)
        try sweep.run(progress: SilentProgress())
        let settings = try ReferenceSettings(options, input: set.network.input.shape)
        return (settings, layers.indices.flatMap { layer in
            (0..<5).map { unit in
                var candidates = ReferenceCandidates(
                    unit: unit, in: sweep.accumulators[layer], settings, input: set.network.input.shape)
                if all { candidates.references = sweep.accumulators[layer].strongest(of: unit) }
                return candidates
            }
        })
    }

    private static func search(_ set: SmallDataSet, _ candidates: [ReferenceCandidates], threads: Int = 1) -> WindowSearch {
        WindowSearch(network: set.network, images: set.images, candidates: candidates, grid: grid, threads: threads)
    }

    /// The mean activation of every unit of a layer in every window of an image: one picture at a time, operation by operation.
    private static func naiveMeans(_ set: SmallDataSet, image: Int, layer: String) throws -> [[Float]] {
        let plan = try Plan(set.network.graph, .init(batch: 1, input: [3, 32, 32], activations: [layer], fuses: false))
        let workspace = try Workspace(plan)
        let whole = try ImageDecoder.picture(at: set.images.folder.items[image].path)
        return try grid.windows.map { window in
            var cut: [UInt8] = []
            for y in window[0]..<window[2] {
                for x in window[1]..<window[3] {
                    let colour = whole[x, y]
                    cut += [colour.red, colour.green, colour.blue]
                }
            }
            let enlarged = Picture(width: 16, height: 16, pixels: cut).resized(width: 32, height: 32, filter: .bilinear)
            for channel in 0..<3 {
                let (mean, deviation) = (set.network.input.mean[channel], set.network.input.standardDeviation[channel])
                for index in 0..<1024 {
                    workspace.input[channel * 1024 + index] = (Float(enlarged.pixels[3 * index + channel]) / 255 - mean) / deviation
                }
            }
            try workspace.forward()
            let tensor = try workspace.activationTensor(of: layer)
            let area = tensor.shape[2] * tensor.shape[3]
            return (0..<tensor.shape[1]).map { unit in
                tensor.values[unit * area..<(unit + 1) * area].reduce(0, +) / Float(area)
            }
        }
    }

    /// With all images as candidates the two steps find what an exhaustive search of the data set finds.
    @Test func theSearchFindsWhatLookingAtEverythingFinds() throws {
        try SmallDataSet.with { set in
            let (_, candidates) = try Self.candidates(set, all: true)
            let search = Self.search(set, candidates, threads: 2)
            try search.run(progress: SilentProgress())
            let found = search.found()
            let broken = try #require(set.images.folder.items.firstIndex { $0.relativePath.hasSuffix("09.png") })
            for layer in Self.layers {
                let means = try set.images.folder.items.indices.map {
                    $0 == broken ? [] : try Self.naiveMeans(set, image: $0, layer: layer)
                }
                for candidate in found where candidate.layer == layer {
                    var best: [(image: Int, score: Float)] = []
                    for (image, windows) in means.enumerated() where !windows.isEmpty {
                        best.append((image, windows.map { $0[candidate.unit] }.max() ?? 0))
                    }
                    best.sort { $0.score > $1.score }
                    #expect(candidate.references.count == 12)
                    for (reference, expected) in zip(candidate.references, best) {
                        let score = try #require(reference.score)
                        #expect(abs(score - expected.score) < 1e-4 * max(1, abs(expected.score)))
                        // The same image and window, or one that is as good but for rounding.
                        let window = try #require(Self.grid.windows.firstIndex { $0 == reference.window })
                        let own = means[reference.image][window][candidate.unit]
                        #expect(abs(own - score) < 1e-4 * max(1, abs(score)))
                    }
                    #expect(Set(candidate.references.map(\.image)).count == 12)
                }
            }
        }
    }

    @Test func neitherThreadsNorCompanyNorInterruptionsMatter() throws {
        try SmallDataSet.with { set in
            let (_, candidates) = try Self.candidates(set)
            let one = Self.search(set, candidates), three = Self.search(set, candidates, threads: 3)
            let saved = Saved()
            try one.run(progress: SilentProgress()) { saved.states.append($0) }
            try three.run(progress: SilentProgress())
            #expect(one.found() == three.found())
            let alone = Self.search(set, [candidates[7]])
            try alone.run(progress: SilentProgress())
            #expect(alone.found() == [one.found()[7]])

            let state = try #require(saved.states.last)
            let restored = Self.search(set, candidates)
            try restored.restore(state)
            let again = Saved()
            // Nothing is left to do: the images need not even be there.
            for item in set.images.folder.items { try FileManager.default.removeItem(atPath: item.path) }
            try restored.run(progress: SilentProgress()) { again.states.append($0) }
            #expect(restored.found() == one.found() && again.states.isEmpty)
            #expect(throws: Problem.self) { try Self.search(set, [candidates[0]]).restore(state) }
            #expect(throws: Problem.self) { try Self.search(set, candidates).restore(Array(state.prefix(60))) }
        }
    }

    private static func choices(
        _ set: SmallDataSet, _ options: RunOptions, saved: Saved = Saved()
    ) throws -> (candidates: [ReferenceCandidates], choices: [ReferenceChoice]) {
        let (settings, candidates) = try candidates(set, options)
        let search = ReferenceSearch(network: set.network, images: set.images, settings: settings, threads: 2)
        return (candidates, try search.choices(for: candidates, progress: SilentProgress()) { saved.named[$0] } save: { saved.named[$0] = $1 })
    }

    @Test func theChoiceIsOfTheKindAskedForAndSaysSo() throws {
        try SmallDataSet.with { set in
            let (pool, windows) = try Self.choices(set, Self.options("16"))
            for (candidate, choice) in zip(pool, windows) {
                // Four images are looked at for three references, and the fourth is held out.
                #expect(candidate.references.count == 4 && choice.references.count == 3)
                let all = choice.references + [try #require(choice.heldOut)]
                #expect(all.allSatisfy { $0.window?[2] == ($0.window?[0] ?? 0) + 16 })
                #expect(Set(all.map(\.image)) == Set(candidate.references.map(\.image)))
                #expect(zip(all, all.dropFirst()).allSatisfy { ($0.score ?? 0) >= ($1.score ?? 0) })
                #expect(choice.sentence == "The 3 windows of 16 x 16 pixels with the largest mean activation of the unit, one an image, "
                    + "in the 4 images that activate it most, enlarged to the network's input.")
            }
            let whole = try Self.choices(set, Self.options("16", kind: "image")).choices
            #expect(whole.map { $0.references.map(\.image) } == windows.map { $0.references.map(\.image) })
            #expect(whole.allSatisfy { $0.references.allSatisfy { $0.window == nil } && $0.heldOut?.window == nil })
            #expect(whole[0].sentence.contains("the whole images were used"))

            let (strongest, plain) = try Self.choices(set, Self.options("none"))
            #expect(plain.map(\.references) == strongest.map { Array($0.references.prefix(3)) })
            #expect(plain[0].heldOut == strongest[0].references[3] && plain[0].references[0].window == nil)
            #expect(plain[0].sentence == "The 3 images that activate the unit most, whole.")

            // A unit of layer1 sees 15 x 15 pixels, one of layer3 everything.
            let seen = try Self.choices(set, Self.options("receptive")).choices
            for choice in seen.prefix(5) {
                #expect(choice.references.allSatisfy { $0.window.map { $0[2] - $0[0] == 15 && $0[3] - $0[1] == 15 } ?? false })
            }
            #expect(seen.suffix(5).allSatisfy { $0.references.allSatisfy { $0.window == nil } })
        }
    }

    @Test func diversityIsMeasuredOnWhatIsUsedAndComesBackAsItWas() throws {
        try SmallDataSet.with { set in
            let saved = Saved()
            let options = Self.options("16", diversity: 0.6)
            let (pool, choices) = try Self.choices(set, options, saved: saved)
            #expect(Set(saved.named.keys) == ["windows", "diversity"])
            let search = Self.search(set, pool)
            try search.run(progress: SilentProgress())
            let plan = try Plan(set.network.graph, .init(batch: 1, input: [3, 32, 32], activations: Self.layers, fuses: false))
            let workspace = try Workspace(plan)
            for (candidate, choice) in zip(search.found(), choices) {
                let features = try candidate.references.map { reference -> [Float] in
                    try set.images.write(reference, into: workspace.input)
                    try workspace.forward()
                    let tensor = try workspace.activationTensor(of: candidate.layer)
                    let area = tensor.shape[2] * tensor.shape[3]
                    return (0..<tensor.shape[1]).map { tensor.values[$0 * area..<($0 + 1) * area].reduce(0, +) / Float(area) }
                }
                let expected = DiverseChoice(diversity: 0.6, scores: candidate.references.map { $0.score ?? 0 }, features: features)
                    .chosen(4).map { candidate.references[$0] }
                #expect(choice.references + [try #require(choice.heldOut)] == expected)
                #expect(choice.sentence.hasSuffix("Of like ones only the best were taken (diversity 0.6).") && choice.sentence.contains("9 images"))
            }
            for item in set.images.folder.items { try FileManager.default.removeItem(atPath: item.path) }
            let (settings, _) = (try ReferenceSettings(options, input: [3, 32, 32]), 0)
            let again = ReferenceSearch(network: set.network, images: set.images, settings: settings, threads: 1)
            #expect(try again.choices(for: pool, progress: SilentProgress()) { saved.named[$0] } save: { _, _ in
                Issue.record("nothing is left to do")
            } == choices)
        }
    }

    @Test func aWindowIsCutFromWhatTheNetworkSees() throws {
        try SmallDataSet.with { set in
            let whole = try set.images.picture(0)
            #expect(try set.images.picture(Reference(image: 0)) == whole)
            let picture = try set.images.picture(Reference(image: 0, window: [2, 5, 14, 17]))
            #expect(try picture == #require(whole.cropped(to: [2, 5, 14, 17])).resized(width: 32, height: 32, filter: .bilinear))
            #expect(whole.cropped(to: [2, 5, 14, 17])?[3, 1] == whole[8, 3])
            var values = [Float](repeating: 0, count: 3 * 32 * 32), expected = values
            try set.images.write(Reference(image: 0, window: [2, 5, 14, 17]), into: &values)
            set.images.preprocessing.tensorValues(of: picture, into: &expected)
            #expect(values == expected)
            for wrong in [[0, 0, 33, 32], [-1, 0, 4, 4], [4, 4, 4, 8], [1, 2, 3]] {
                #expect(throws: Problem.self) { try set.images.picture(Reference(image: 0, window: wrong)) }
            }
        }
    }
}
