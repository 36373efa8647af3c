import Diagnostics
import Network
import Run
import Tensors
import Testing

@testable import Analysis

struct ConceptSearchTests {
    private static let grid = WindowGrid(side: 16, stride: 0.5, height: 32, width: 32)

    private static func activations(_ set: SmallDataSet, layer: String, threads: Int = 1) throws -> WindowActivations {
        let readable = set.images.folder.items.indices.filter { !set.images.folder.items[$0].relativePath.hasSuffix("09.png") }
        return try WindowActivations(
            layer: layer, network: set.network, images: set.images, candidates: readable, grid: grid, threads: threads, algorithms: nil,
            precision: .float32, progress: SilentProgress())
    }

    private static func concepts(_ set: SmallDataSet, _ activations: WindowActivations, _ count: Int = 4) throws -> LayerConcepts {
        try ConceptSearch(
            activations: activations, layer: "layer3", input: [3, 32, 32], labels: set.images.labels, classCount: 3, strongest: 5,
            references: 6
        ).concepts(count, random: RandomSource(seed: 3, stream: "concepts"))
    }

    @Test func conceptsAreWhatTheirDocumentSays() throws {
        try SmallDataSet.with { set in
            let activations = try Self.activations(set, layer: "layer3")
            #expect(activations.images.count == 12 && activations.values.count == 12 * 9 * 64)
            let found = try Self.concepts(set, activations)
            #expect(found.images == 12 && found.windows == 108 && found.side == 16 && found.concepts.map(\.index) == [0, 1, 2, 3])
            #expect(abs(found.concepts.reduce(0) { $0 + $1.importance } - 1) < 1e-5)
            #expect(zip(found.concepts, found.concepts.dropFirst()).allSatisfy { $0.importance >= $1.importance })
            #expect(found.reconstructionError > 0 && found.reconstructionError < 0.5)
            for concept in found.concepts {
                #expect(concept.direction.count == 64 && concept.direction.allSatisfy { $0 >= 0 })
                #expect(abs(concept.direction.reduce(0) { $0 + $1 * $1 } - 1) < 1e-4)
                // Over the windows as they would be used, one by one.
                var best: [Int: Double] = [:]
                for (position, image) in activations.images.enumerated() {
                    for window in 0..<9 {
                        let base = (position * 9 + window) * 64
                        let value = (0..<64).reduce(0.0) { $0 + Double(activations.values[base + $1] * concept.direction[$1]) }
                        best[image] = max(best[image] ?? -.infinity, value)
                    }
                }
                #expect(concept.statistics.histogram.count == 12)
                #expect(abs(Double(concept.statistics.maximum) - (best.values.max() ?? 0)) < 1e-4)
                for exemplar in concept.statistics.strongest {
                    let expected = try #require(best[exemplar.image])
                    #expect(abs(Double(exemplar.activation) - expected) < 1e-4)
                    let window = try #require(Self.grid.windows.firstIndex(of: exemplar.window))
                    let position = try #require(activations.images.firstIndex(of: exemplar.image))
                    let base = (position * 9 + window) * 64
                    let own = projection(activations.values[base..<base + 64], on: concept.direction)
                    #expect(abs(own - expected) < 1e-4)
                }
                let all = concept.references + [concept.heldOut].compactMap { $0 }
                #expect(concept.references.count <= 6 && Set(all.map(\.image)).count == all.count)
                #expect(zip(all, all.dropFirst()).allSatisfy { ($0.score ?? 0) >= ($1.score ?? 0) })
            }
            #expect(try Self.concepts(set, Self.activations(set, layer: "layer3", threads: 3)).concepts == found.concepts)
            #expect(try Self.concepts(set, activations, 8).reconstructionError < found.reconstructionError)
        }
    }

    /// One window at a time, operation by operation.
    @Test func activationsAreMeansOverWindows() throws {
        try SmallDataSet.with { set in
            let activations = try Self.activations(set, layer: "layer3", threads: 2)
            let plan = try Plan(set.network.graph, .init(batch: 1, input: [3, 32, 32], activations: ["layer3"], fuses: false))
            let workspace = try Workspace(plan)
            for (position, window) in [(0, 0), (3, 4), (11, 8), (7, 5)] {
                try set.images.write(Reference(image: activations.images[position], window: Self.grid.windows[window]), into: workspace.input)
                try workspace.forward()
                let tensor = try workspace.activationTensor(of: "layer3")
                let area = tensor.shape[2] * tensor.shape[3]
                for channel in 0..<64 {
                    let mean = tensor.values[channel * area..<(channel + 1) * area].reduce(0, +) / Float(area)
                    #expect(abs(activations.values[(position * 9 + window) * 64 + channel] - mean) < 1e-4 * max(1, mean))
                }
            }
        }
    }

    @Test func activationsBelowZeroAreRefused() throws {
        try SmallDataSet.with { set in
            let problem = try #require(throws: Problem.self) {
                try Self.concepts(set, Self.activations(set, layer: "layer3.2.bn2"))
            }
            #expect(problem.summary.contains("below zero") && problem.kind == .usage)
        }
    }

    @Test func selectionsAreReadOrRefused() throws {
        let layers = ["layer1", "layer2:a", "layer3"]
        func counts(_ text: String) throws -> [String] {
            try ConceptSelection(text, among: layers).counts.map { "\($0.layer)=\($0.count)" }
        }
        #expect(try counts("none") == [] && counts("layer3:5,layer1:2") == ["layer1=2", "layer3=5"] && counts("layer2:a:3") == ["layer2:a=3"])
        for wrong in ["layer3", "layer3:0", "layer3:x", "layer9:3", "layer3:101", ":3"] {
            #expect(throws: Problem.self, "\(wrong)") { try ConceptSelection(wrong, among: layers) }
        }
    }
}
