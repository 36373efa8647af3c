// Every rule against a slower and simpler form: the operation as one dense matrix, shares written out from the rule's definition.
//
// The next rule: its shares in `Definition`, a line in `cases`.

import Tensors
import TestSupport
import Testing

@testable import Network
@testable import Relevance

/// A group of a rule's terms, written out for a single connection of input `i` and output `j`, in double precision.
struct Definition: Sendable {
    /// The part that input `i` has in the denominator of output `j`, by a_i, W_ji (0 where they are not connected), z_j and the bounds of
    /// pixel i.
    typealias Parts = @Sendable (_ a: Double, _ w: Double, _ z: Double, _ low: Double, _ high: Double) -> Double
    var share = 1.0
    var parts: Parts
    /// What the bias adds to the denominator.
    var bias: @Sendable (_ b: Double, _ z: Double) -> Double = { _, _ in 0 }
    var stabilized: @Sendable (Double) -> Double
    static func signed(_ epsilon: Double) -> @Sendable (Double) -> Double { { $0 + ($0 < 0 ? -epsilon : epsilon) } }
    static func added(_ epsilon: Double) -> @Sendable (Double) -> Double { { $0 + epsilon } }
}

@Suite struct RuleTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        var rule: TermRule
        var definition: [Definition]
        /// True where inputs are not negative.
        var isRectified = false
        var testDescription: String { name }
    }

    static let cases: [Case] = [
        Case(
            name: "epsilon", rule: .epsilon(0.01),
            definition: [Definition(parts: { a, w, _, _, _ in a * w }, bias: { b, _ in b }, stabilized: Definition.signed(0.01))]),
        Case(
            name: "VITAL's z+", rule: .vitalPlus,
            definition: [Definition(parts: { a, w, _, _, _ in a * max(w, 0) }, stabilized: Definition.added(1e-5))], isRectified: true),
        Case(
            name: "z+ by sign", rule: .signedPlus,
            definition: [Definition(parts: { a, w, _, _, _ in max(a * w, 0) }, stabilized: Definition.added(1e-5))]),
        Case(
            name: "z+ with leaks", rule: .leakingPlus(0.03, floor: 1e-3),
            definition: [
                Definition(parts: { a, w, _, _, _ in a * max(w, -0.03 * w) + 1e-3 * abs(w) }, stabilized: Definition.added(1e-9))
            ], isRectified: true),
        Case(
            name: "z+ with leaks, by sign", rule: .signedLeakingPlus(0.03, floor: 1e-3),
            definition: [
                Definition(parts: { a, w, _, _, _ in max(a * w, -0.03 * a * w) + 1e-3 * abs(w) }, stabilized: Definition.added(1e-9))
            ]),
        Case(
            name: "zennit's z+", rule: .zPlus(),
            definition: [Definition(parts: { a, w, _, _, _ in max(a * w, 0) }, bias: { b, _ in max(b, 0) }, stabilized: Definition.signed(1e-6))]),
        Case(
            name: "alpha-beta", rule: .alphaBeta(),
            definition: [
                Definition(share: 2, parts: { a, w, _, _, _ in max(a * w, 0) }, bias: { b, _ in max(b, 0) }, stabilized: Definition.signed(1e-6)),
                Definition(share: -1, parts: { a, w, _, _, _ in min(a * w, 0) }, bias: { b, _ in min(b, 0) }, stabilized: Definition.signed(1e-6)),
            ]),
        Case(
            name: "gamma", rule: .gamma(0.3, epsilon: 0.01),
            definition: [
                Definition(
                    parts: { a, w, z, _, _ in a * w + 0.3 * (z > 0 ? max(a * w, 0) : min(a * w, 0)) },
                    bias: { b, z in b + 0.3 * (z > 0 ? max(b, 0) : min(b, 0)) }, stabilized: Definition.signed(0.01))
            ]),
        Case(
            name: "z-box", rule: .zBox(0.01),
            definition: [
                Definition(
                    parts: { a, w, _, low, high in a * w - low * max(w, 0) - high * min(w, 0) }, stabilized: Definition.signed(0.01))
            ]),
        Case(
            name: "flat", rule: .flat(),
            definition: [Definition(parts: { _, w, _, _, _ in w != 0 ? 1 : 0 }, stabilized: Definition.signed(1e-6))]),
        Case(
            name: "w-square", rule: .wSquare(),
            definition: [Definition(parts: { _, w, _, _, _ in w * w }, stabilized: Definition.signed(1e-6))]),
    ]

    struct Subject: Sendable, CustomTestStringConvertible {
        var name: String
        var input: Shape
        var operation: any WeightedOperation
        var testDescription: String { name }
    }

    static let subjects: [Subject] = {
        var random = RandomSource(seed: 5, stream: "rules")
        func values(_ shape: Shape) -> Tensor {
            var result = Tensor(zeros: shape)
            for i in result.values.indices { result.values[i] = random.normal() }
            return result
        }
        return [
            Subject(
                name: "convolution", input: [19, 5, 6],
                operation: Convolution(weights: values([7, 19, 3, 3]), bias: values([7]).values, padding: .symmetric(1))),
            Subject(
                name: "convolution of stride 2", input: [3, 8, 7],
                operation: Convolution(weights: values([18, 3, 3, 3]), bias: values([18]).values, stride: 2, padding: .symmetric(1))),
            Subject(
                name: "grouped convolution", input: [8, 5, 5],
                operation: Convolution(weights: values([12, 4, 3, 3]), bias: nil, padding: .symmetric(1), groups: 2)),
            Subject(
                name: "depthwise convolution", input: [17, 6, 5],
                operation: Convolution(weights: values([17, 1, 3, 3]), bias: values([17]).values, stride: 2, padding: .same, groups: 17)),
            Subject(name: "linear", input: [33, 1, 1], operation: Linear(weights: values([9, 33]), bias: values([9]).values)),
        ]
    }()

    static let range = PixelRange(
        lowest: (0..<40).map { -2 - 0.01 * Float($0) }, highest: (0..<40).map { 2.5 + 0.02 * Float($0) })

    @Test(arguments: cases, subjects)
    func agreesWithItsMatrixForm(_ rule: Case, _ subject: Subject) throws {
        for readsImage in [true, false] {
            let run = try OneRule(subject.operation, rule.rule, input: subject.input, range: Self.range, readsImage: readsImage, isRectified: rule.isRectified)
            let matrix = try Matrix(subject.operation, input: subject.input)
            let expected = matrix.relevance(rule.definition, run, range: Self.range)
            let error = distance(expected, run.relevance)
            #expect(error < 1e-4, "reads the image: \(readsImage): \(error)")
        }
    }

    /// Means by `average`: `|a_i| R_j / (sum |a| + epsilon)` over each window.
    @Test(arguments: [
        Pooling(.average(countsPadding: true), kernel: [2, 2], stride: [2, 2], padding: .symmetric(0)),
        Pooling(.average(countsPadding: true), kernel: [3, 3], stride: [2, 2], padding: .symmetric(1)),
        Pooling(.average(countsPadding: false), kernel: [3, 3], stride: [2, 2], padding: .symmetric(1)),
    ])
    func meansShareByMagnitude(_ pool: Pooling) throws {
        let input: Shape = [18, 7, 8]
        let run = try OneRule(pool, TermRule.average, input: input, range: Self.range, readsImage: false, isRectified: false)
        let matrix = try Matrix(pool, input: input)
        let expected = matrix.relevance(
            [Definition(parts: { a, w, _, _, _ in abs(a) * w }, stabilized: Definition.added(1e-5))], run, range: Self.range)
        #expect(distance(expected, run.relevance) < 1e-4)
    }

    /// Where z+ hands nothing on, as every weight speaks against its output or all inputs are zero, leaks hand on all of it.
    @Test(arguments: [false, true])
    func leaksConserve(_ isRectified: Bool) throws {
        let weights = Tensor(shape: [17, 1, 3, 3], values: (0..<153).map { -0.1 - Float($0 % 7) / 10 })
        let kernel = Convolution(weights: weights, bias: nil, stride: 2, padding: .symmetric(1), groups: 17)
        func part(_ rule: TermRule) throws -> Double {
            let run = try OneRule(kernel, rule, input: [17, 6, 5], range: Self.range, readsImage: false, isRectified: isRectified)
            return run.relevance.reduce(0, +) / run.seed.reduce(0, +)
        }
        #expect(abs(try part(.signedLeakingPlus()) - 1) < 1e-3)
        if isRectified {
            #expect(abs(try part(.leakingPlus()) - 1) < 1e-3)
            #expect(try part(.vitalPlus) == 0)
        }
    }

    @Test func maximumPoolingAsAverage() throws {
        let pool = Pooling(.maximum, kernel: [3, 3], stride: [2, 2], padding: .symmetric(1)), input: Shape = [16, 8, 6]
        let run = try OneRule(pool, PoolingAsAverageRule(), input: input, range: Self.range, readsImage: false, isRectified: true)
        let matrix = try Matrix(Pooling(.average(countsPadding: true), kernel: [2, 2], stride: [2, 2], padding: .symmetric(0)), input: input)
        let expected = matrix.relevance(
            [Definition(parts: { a, w, _, _, _ in a * w }, stabilized: Definition.added(1e-5))], run, range: Self.range)
        #expect(distance(expected, run.relevance) < 1e-4)
    }

    /// Attention's products by `R_A[i,k] = sum_j A[i,k] B[j,k] scale R[i,j] / (2 O[i,j] + epsilon)` and the same for `B`, its softmax by
    /// `x (R - s sum R)`.
    @Test(arguments: ["products", "weights"])
    func attentionByItsPropositions(_ target: String) throws {
        let (heads, rows, width, scale) = (2, 5, 3, Float(0.5)), shape: Shape = [2, 5, 3]
        var graph = Graph()
        let left = graph.add("left", Pointwise(.affine(scale: 1.5, shift: 0.25)), 0), right = graph.add("right", Pointwise(.affine(scale: -0.5, shift: 1)), 0)
        graph.add("weights", Softmax(), graph.add("products", MatrixProduct(scale: scale, transposesRight: true), left, right))
        func way(_ rule: any RelevanceRule, _ position: Int) throws -> (any BackwardRule)? {
            try rule.way(
                through: RuledNode(
                    graph: graph, position: position, dependsOnImage: graph.dependsOnImage, isNonNegative: graph.isNonNegative, pixelRange: Self.range))
        }
        var rules: [String: any BackwardRule] = [:]
        for (name, rule) in [("products", BilinearRule() as any RelevanceRule), ("weights", SoftmaxRule())] {
            rules[name] = try way(rule, graph.node(named: name))
        }
        let plan = try Plan(
            graph,
            .init(
                batch: 1, input: shape, activations: ["left", "right", "products", "weights"], fuses: false,
                flow: BackwardFlow(seeds: [target], results: ["left", "right"], rules: rules)))
        let workspace = try Workspace(plan)
        workspace.poison()
        var random = RandomSource(seed: 6, stream: "attention")
        workspace.write((0..<shape.count).map { _ in random.normal() })
        try workspace.forward()
        let values = try ["left", "right", "products", "weights"].map { try workspace.activationTensor(of: $0).values.map(Double.init) }
        let seed = (0..<heads * rows * rows).map { _ in random.normal() }
        Layout.blocked.pack(seed, batch: 1, [heads, rows, rows], into: try workspace.flowSeed(at: target))
        try workspace.flow()
        var relevance = seed.map(Double.init)
        if target == "weights" {
            relevance = relevance.indices.map { place in
                let row = place / rows * rows..<(place / rows + 1) * rows
                return values[2][place] * (relevance[place] - values[3][place] * row.reduce(0) { $0 + relevance[$1] })
            }
        }
        var expected = [[Double]](repeating: Array(repeating: 0, count: shape.count), count: 2)
        for head in 0..<heads {
            for i in 0..<rows {
                for j in 0..<rows {
                    let place = (head * rows + i) * rows + j, z = 2 * values[2][place]
                    let share = relevance[place] / (z + (z < 0 ? -1e-6 : 1e-6))
                    for k in 0..<width {
                        let (a, b) = ((head * rows + i) * width + k, (head * rows + j) * width + k)
                        let part = Double(scale) * values[0][a] * values[1][b] * share
                        expected[0][a] += part
                        expected[1][b] += part
                    }
                }
            }
        }
        for (name, wanted) in zip(["left", "right"], expected) {
            #expect(distance(wanted, try workspace.flowTensor(to: name).values.map(Double.init)) < 1e-4, "\(name)")
        }
        if target == "products" {
            // What is handed in arrives, half at either factor.
            let started = relevance.reduce(0, +)
            for wanted in expected {
                let arrived = wanted.reduce(0, +)
                #expect(abs(2 * arrived / started - 1) < 1e-3)
            }
        }
    }
}

/// The largest difference, relative to the largest of `expected`.
private func distance(_ expected: [Double], _ found: [Double]) -> Double {
    var (largest, difference) = (0.0, expected.count == found.count ? 0.0 : .infinity)
    for (a, b) in zip(expected, found) {
        largest = max(largest, abs(a))
        difference = max(difference, b.isFinite ? abs(a - b) : .infinity)
    }
    return difference / largest
}

/// An operation between an image, or a blocked map, and the start of relevance, by one rule.
struct OneRule {
    let input: [Double]
    let output: [Double]
    let seed: [Double]
    let relevance: [Double]

    init(
        _ operation: any Operation, _ rule: any RelevanceRule, input shape: Shape, range: PixelRange, readsImage: Bool, isRectified: Bool
    ) throws {
        var graph = Graph()
        var entry = 0
        if !readsImage {
            var weights = Tensor(zeros: [shape[0], shape[0], 1, 1])
            for channel in 0..<shape[0] { weights.values[channel * shape[0] + channel] = 1 }
            entry = graph.add("entry", Convolution(weights: weights, bias: nil, padding: .symmetric(0)), 0)
        }
        graph.add("subject", operation, entry)
        let name = graph.nodes[entry].name
        let way = try rule.way(
            through: RuledNode(
                graph: graph, position: entry + 1, dependsOnImage: graph.dependsOnImage, isNonNegative: graph.isNonNegative, pixelRange: range))
        let plan = try Plan(
            graph,
            .init(
                batch: 1, input: shape, activations: ["subject"], fuses: false,
                flow: BackwardFlow(seeds: ["subject"], results: [name], rules: way.map { ["subject": $0] } ?? [:])))
        let workspace = try Workspace(plan)
        workspace.poison()
        var random = RandomSource(seed: 6, stream: "\(operation.kind)")
        let image = (0..<shape.count).map { _ in isRectified ? max(random.normal(), 0) : random.normal() }
        workspace.write(image)
        try workspace.forward()
        output = try workspace.activationTensor(of: "subject").values.map(Double.init)
        let result = try plan.shape(of: "subject")
        let seed = (0..<result.count).map { _ in random.normal() }
        Layout.blocked.pack(seed, batch: 1, result, into: try workspace.flowSeed(at: "subject"))
        try workspace.flow()
        input = image.map(Double.init)
        self.seed = seed.map(Double.init)
        relevance = try workspace.flowTensor(to: name).values.map(Double.init)
    }
}

/// An operation that is linear in its input as a dense matrix: outputs x inputs, from its definition.
struct Matrix {
    let weights: [[Double]]
    let bias: [Double]
    /// Of each input its channel.
    let channels: [Int]

    init(_ operation: any Operation, input: Shape) throws {
        let result = try operation.outputShape(for: [input])
        var rows = [[Double]](repeating: [Double](repeating: 0, count: input.count), count: result.count)
        var bias = [Double](repeating: 0, count: result.count)
        let area = input[1] * input[2]
        channels = (0..<input.count).map { $0 / area }
        if let linear = operation as? Linear {
            for output in 0..<result.count {
                for i in 0..<input.count { rows[output][i] = Double(linear.weights.values[output * input.count + i]) }
                bias[output] = Double(linear.bias[output])
            }
        } else if let convolution = operation as? Convolution {
            let extents = convolution.weights.shape.dimensions
            let sizes = [input[1], input[2]]
            let before = (0..<2).map { axis in
                switch convolution.padding {
                case .same: max(0, (result[axis + 1] - 1) * convolution.stride[axis] + extents[axis + 2] - sizes[axis]) / 2
                default: extents[axis + 2] / 2
                }
            }
            let perGroup = extents[0] / convolution.groups
            for j in 0..<result.count {
                let (channel, y, x) = (j / (result[1] * result[2]), j / result[2] % result[1], j % result[2])
                bias[j] = Double(convolution.bias?[channel] ?? 0)
                for c in 0..<extents[1] {
                    for dy in 0..<extents[2] {
                        for dx in 0..<extents[3] {
                            let (row, column) = (y * convolution.stride[0] - before[0] + dy, x * convolution.stride[1] - before[1] + dx)
                            guard (0..<sizes[0]).contains(row), (0..<sizes[1]).contains(column) else { continue }
                            let source = ((channel / perGroup * extents[1] + c) * sizes[0] + row) * sizes[1] + column
                            rows[j][source] += Double(convolution.weights.values[((channel * extents[1] + c) * extents[2] + dy) * extents[3] + dx])
                        }
                    }
                }
            }
        } else if let pool = operation as? Pooling {
            let before = pool.kernel[0] == 3 ? 1 : 0
            for j in 0..<result.count {
                let (channel, y, x) = (j / (result[1] * result[2]), j / result[2] % result[1], j % result[2])
                var sources: [Int] = []
                for dy in 0..<pool.kernel[0] {
                    for dx in 0..<pool.kernel[1] {
                        let (row, column) = (y * pool.stride[0] - before + dy, x * pool.stride[1] - before + dx)
                        guard (0..<input[1]).contains(row), (0..<input[2]).contains(column) else { continue }
                        sources.append((channel * input[1] + row) * input[2] + column)
                    }
                }
                let count = pool.function == .average(countsPadding: false) ? sources.count : pool.kernel[0] * pool.kernel[1]
                for source in sources { rows[j][source] = 1 / Double(count) }
            }
        }
        weights = rows
        self.bias = bias
    }

    func relevance(_ definitions: [Definition], _ run: OneRule, range: PixelRange) -> [Double] {
        var result = [Double](repeating: 0, count: run.input.count)
        for (j, row) in weights.enumerated() {
            let z = run.output[j]
            for definition in definitions {
                let parts = row.indices.map { i in
                    definition.parts(
                        run.input[i], row[i], z, Double(range.lowest[channels[i]]), Double(range.highest[channels[i]]))
                }
                let sum = definition.stabilized(parts.reduce(0, +) + definition.bias(bias[j], z))
                for i in row.indices { result[i] += definition.share * run.seed[j] * parts[i] / sum }
            }
        }
        return result
    }
}
