import Diagnostics
import Foundation
import Images
import Network
import Relevance
import Run
import Tensors
import TestSupport
import Testing

@testable import Analysis

/// Attentions whose answers are known.
struct AttentionTests {
    /// Two heads over 2 x 2 patches of 8 pixels behind a class token.
    private static func geometry(hasToken: Bool = true) throws -> HeadGeometry {
        var graph = Graph()
        let count = hasToken ? 5 : 4
        var tokens = graph.add("patches", Convolution(weights: Tensor(shape: [6, 3, 8, 8], values: Array(repeating: 0.01, count: 1152)), stride: 8, padding: .symmetric(0)), 0)
        tokens = graph.add("rows", Reshaping(to: [6, 4]), tokens)
        tokens = graph.add("tokens", Rearrangement(.transpose([1, 0])), tokens)
        if hasToken {
            let token = graph.add("cls_token", Constant(Tensor(shape: [1, 6], values: Array(repeating: 1, count: 6))))
            tokens = graph.add("all", Concatenation(axis: 0), token, tokens)
        }
        let split = graph.add("split", Reshaping(to: [1, count, 2, 3]), tokens)
        let heads = graph.add("heads", Rearrangement(.transpose([0, 2, 1, 3])), split)
        let products = graph.add("products", MatrixProduct(transposesRight: true), heads, heads)
        let weights = graph.add("attention.weights", Softmax(axis: -1), products)
        graph.add("sums", MatrixProduct(), weights, heads)
        let found = try graph.attentions(input: [3, 16, 16])
        #expect(found.map(\.name) == ["attention"] && found.map(\.heads) == [2] && found.map(\.width) == [3] && found.map(\.queries) == [count])
        return HeadGeometry(found[0], try TokenPlaces.of(found, in: graph, input: [3, 16, 16])[0])
    }

    @Test func aHeadThatLooksAtItselfAndOneThatLooksEverywhere() throws {
        let geometry = try Self.geometry()
        #expect(geometry.tokens == ["cls_token"] && geometry.rows == [4, 12] && geometry.columns == [4, 12])
        #expect(geometry.cell == [-1, 0, 1, 2, 3] && geometry.measures == [false, true, true, true, true])
        var weights = [Float](repeating: 0, count: 50)
        for query in 0..<5 {
            weights[query * 5 + query] = 1
            for key in 0..<5 { weights[25 + query * 5 + key] = 0.2 }
        }
        // The class token of the first head looks at the last patch.
        (weights[0], weights[4]) = (0.25, 0.75)
        let looks = (0..<2).map { HeadLook(weights, head: $0, geometry) }
        #expect(looks[0].distance == 0 && looks[0].itself == 1 && looks[0].tokens == [0] && looks[0].entropy == 0)
        #expect(looks[0].map == [0, 0, 0, 0.75] && looks[0].place == 3)
        // 0, 8, 8 and 8 times the square root of 2.
        let mean = (16 + 8 * Float(2).squareRoot()) / 4
        #expect(abs((looks[1].distance ?? 0) - mean) < 1e-5 && abs((geometry.uniform.distance ?? 0) - mean) < 1e-5)
        #expect(abs((looks[1].itself ?? 0) - 0.2) < 1e-6 && abs(looks[1].tokens[0] - 0.2) < 1e-6)
        #expect(abs(looks[1].entropy - log(Float(5))) < 1e-5 && abs(geometry.uniform.entropy - log(Float(5))) < 1e-6)
    }

    @Test func withoutATokenTheMeanLookCounts() throws {
        let geometry = try Self.geometry(hasToken: false)
        #expect(geometry.looker == nil && geometry.tokens.isEmpty && geometry.cell == [0, 1, 2, 3])
        var weights = [Float](repeating: 0, count: 32)
        // All of the first head look at the third patch, but for the first, which looks at itself.
        for query in 0..<4 { weights[query * 4 + (query == 0 ? 0 : 2)] = 1 }
        let look = HeadLook(weights, head: 0, geometry)
        #expect(look.map == [0.25, 0, 0.75, 0] && look.place == 2 && look.itself == 0.5)
    }

    @Test func theStrongestImagesAreKeptInOrder() throws {
        let geometry = try Self.geometry(hasToken: false)
        var tally = HeadTally(tokens: 0)
        let shares: [Float] = [0.3, 0.9, .nan, 0.5, 0.9, 0.1, 0.2, 0.4, 0.6, 0.7, 0.8]
        for (image, share) in shares.enumerated() {
            var weights = [Float](repeating: 0, count: 32)
            for query in 0..<4 { (weights[query * 4 + 1], weights[query * 4]) = (share, 1 - share) }
            tally.add(HeadLook(weights, head: 0, geometry), image: image)
        }
        // The larger of both places counts.
        #expect(tally.strongest.map(\.image) == [1, 4, 5, 6, 10, 0, 9, 7])
        #expect(tally.head(0, geometry, pictures: Array(repeating: "", count: 8)).strongest.map(\.place)[0] == [4, 12])
    }

    @Test func aNetworkWithoutAttentionHasNoHeads() throws {
        let network = try Architectures.random("cifar_resnet20", seed: 1)
        #expect(try network.graph.attentions(input: network.input.shape).isEmpty)
        var options = RunOptions(command: "")
        options.heads = true
        let problem = #expect(throws: Problem.self) { try ReportRun.selection(options, network: network, classNames: []) }
        #expect(problem?.kind == .usage && problem?.remedy == "Leave --heads out.")
    }

    /// A network that shows its heads computes the same, and as much relevance comes through it.
    @Test func headsCanBeShownWithoutAChange() throws {
        let golden = try goldenFile("attention", as: AttentionGoldenTests.Golden.self)
        for own in golden.cases {
            let network = try AttentionGoldenTests.network(own, gain: golden.gain), input = network.input.shape
            let attentions = try network.graph.attentions(input: input)
            let (shown, layers) = try network.showingHeads(of: attentions)
            let image = FormulaTensors.images([1, 3, input[1], input[2]])
            var results: [[Float]] = [], relevance: [[Float]] = []
            for (version, read) in [(network, []), (shown, layers)] {
                let stem = version.matched[0].layer
                let flow = try RelevanceFlow(.transformer, on: version, from: version.logits, to: [stem] + read)
                let plan = try Plan(
                    flow.graph,
                    .init(batch: 1, input: input, activations: [version.logits] + read, flow: flow.request(from: version.logits, to: [stem] + read)))
                let workspace = try Workspace(plan)
                workspace.write(image)
                try workspace.forward()
                let map = try workspace.activation(of: version.logits), seed = try workspace.flowSeed(at: version.logits)
                RelevanceStart.map(unit: 3).write(map, shape: try plan.shape(of: version.logits), quantity: .relevance, into: seed)
                try workspace.flow()
                results.append(try workspace.activationTensor(of: version.logits).values)
                relevance.append(try workspace.flowTensor(to: stem).values)
                for (attention, layer) in zip(attentions, read) {
                    // Heads one after the other, as they lie in the network itself.
                    #expect(try plan.shape(of: layer).dimensions == [attention.heads * attention.width, attention.windows * attention.queries, 1])
                    let values = try workspace.activationTensor(of: layer).values
                    let (graph, rows) = try network.graph.withRows(of: [attention.sums], input: input)
                    let plain = try Workspace(Plan(graph, .init(batch: 1, input: input, activations: rows)))
                    plain.write(image)
                    try plain.forward()
                    let sums = try plain.activationTensor(of: rows[0]).values
                    for head in 0..<attention.heads {
                        for query in 0..<attention.windows * attention.queries {
                            let (window, own) = (query / attention.queries, query % attention.queries)
                            let first = ((window * attention.heads + head) * attention.queries + own) * attention.width
                            let second = (head * attention.width) * attention.windows * attention.queries + query
                            #expect(abs(sums[first] - values[second]) < 1e-5)
                        }
                    }
                }
            }
            #expect(zip(results[0], results[1]).allSatisfy { abs($0 - $1) < 1e-4 })
            let largest = relevance[0].map(abs).max() ?? 0
            #expect(largest > 0 && zip(relevance[0], relevance[1]).allSatisfy { abs($0 - $1) < 1e-3 * largest }, "\(own.architecture)")
        }
    }
}
