// The next operation that learns: a line in `cases`.

import Foundation
import Tensors
import TestSupport
import Testing

@testable import Network

struct TrainableOperationTests {
    /// All of them linear in their values, so that a difference of any size is the derivative.
    static let cases: [OperationCase] = [
        .convolution([3, 9, 7], to: 5, kernel: [1, 1], padding: .symmetric(0)),
        .convolution([5, 9, 7], to: 24, kernel: [3, 3], padding: .symmetric(1)),
        .convolution([24, 9, 11], to: 40, kernel: [3, 3], stride: 2, padding: .symmetric(1)),
        .convolution([16, 8, 8], to: 32, kernel: [1, 1], stride: 2, padding: .symmetric(0), bias: true),
        .convolution([64, 8, 8], to: 64, kernel: [3, 3], padding: .symmetric(1), bias: true),
        .convolution([16, 8, 7], to: 24, kernel: [3, 3], stride: 2, padding: .same),
        .convolution([16, 9, 9], to: 24, kernel: [3, 3], dilation: 2, padding: .symmetric(2)),
        .convolution([24, 7, 9], to: 24, kernel: [3, 3], padding: .symmetric(1), groups: 24),
        .convolution([48, 7, 6], to: 48, kernel: [3, 3], padding: .symmetric(1), groups: 12, bias: true),
        .convolution([30, 6, 6], to: 12, kernel: [1, 1], padding: .symmetric(0), groups: 3),
        .convolution([3, 11, 9], to: 16, kernel: [3, 3], padding: .symmetric(1), readsImage: true),
        .convolution([3, 15, 13], to: 40, kernel: [7, 7], stride: 2, padding: .symmetric(3), readsImage: true),
        .linear(64, to: 10),
        .linear(5, to: 3),
    ] + scalesAndShifts

    /// Of what is normalised, and of residual branches; on maps and on tokens.
    private static let scalesAndShifts: [OperationCase] = {
        func numbers(_ count: Int) -> [Float] { (0..<count).map { Float($0 % 7) / 4 - 0.5 } }
        func named(_ name: String, _ operation: any TrainableOperation, _ shape: Shape) -> OperationCase {
            OperationCase(name: "\(name) of \(shape)", operation: operation, inputs: [shape])
        }
        func normalization(_ shape: Shape, axis: Int) -> OperationCase {
            let count = axis < 0 ? shape.dimensions[shape.rank - 1] : shape[axis]
            return named("layer normalisation", LayerNormalization(axis: axis, weight: numbers(count), bias: numbers(count), epsilon: 1e-5), shape)
        }
        return [normalization([21, 4, 3], axis: 0), normalization([5, 40], axis: -1), normalization([3, 4, 20], axis: -1)]
            + [
                named("layer scale", Affine(learnedScale: numbers(24), axis: 0), [24, 5, 3]),
                named("layer scale", Affine(learnedScale: numbers(7), axis: 0), [7, 5, 3]),
                named("layer scale", Affine(learnedScale: numbers(10), axis: -1), [6, 10]),
                named("response normalisation", GlobalResponseNormalization(weight: numbers(20), bias: numbers(20)), [20, 4, 3]),
            ]
    }()

    @Test(arguments: cases, [1, 3])
    func gradientIsWhatADifferenceTells(_ subject: OperationCase, batch: Int) throws {
        let run = try TrainingRun(OperationRun.graph(of: subject), OperationRun.resultName(of: subject), subject, batch: batch)
        try expectDifferences(run, of: ["operation"], stream: subject.name)
    }

    /// A table that is turned and looked up, and a value a channel, both added to all images.
    @Test(arguments: [1, 3])
    func `constants learn through what is made of them`(batch: Int) throws {
        func values(_ shape: Shape) -> Tensor { Tensor(shape: shape, values: (0..<shape.count).map { Float($0 % 5) - 2 }) }
        let subject = OperationCase(name: "constants", operation: Arithmetic(.sum), inputs: [[6, 1, 1]])
        var graph = Graph()
        let table = graph.add("table", Constant(learned: values([4, 2])), inputs: [])
        let turned = graph.add("turned", Rearrangement(.transpose([1, 0])), table)
        let looked = graph.add("looked up", Rearrangement(.gather(axis: 1, indices: [3, 0, 3])), turned)
        let image = graph.add("rows", Reshaping(to: [2, 3]), graph.add("flat", Reshaping(to: [6]), 0))
        let sum = graph.add("sum", Arithmetic(.sum), inputs: [image, looked])
        let token = graph.add("token", Constant(learned: values([1, 3])), inputs: [])
        graph.add("mask", Constant(values([1, 3])), inputs: [])
        let all = graph.add("all", Arithmetic(.product), inputs: [sum, token])
        graph.add("result", Reshaping(to: [6, 1, 1]), all)
        let run = try TrainingRun(graph, "result", subject, batch: batch)
        #expect(run.learned.trained.map(\.name) == ["table", "token"])
        try expectDifferences(run, of: ["table", "token"], stream: "constants")
    }

    /// Compares gradients with what changes when all values of a tensor change, in which the result is linear.
    private func expectDifferences(_ run: TrainingRun, of nodes: Set<String>, stream: String) throws {
        var random = RandomSource(seed: 5, stream: stream)
        for item in run.learned.trained where nodes.contains(item.node) {
            try run.run()
            let before = run.loss()
            var predicted = 0.0
            for i in item.range {
                let change = random.normal()
                predicted += Double(change) * Double(run.learned.gradients[i])
                run.learned.values[i] += change
            }
            try run.run()
            let difference = run.loss() - before
            #expect(abs(difference - predicted) < 2e-4 * run.scale(), "\(item.name): \(difference), predicted \(predicted)")
            #expect(abs(predicted) > 1e-3 * run.scale())
        }
    }

    /// Kernels of unit length are no linear matter: small differences, in both directions.
    @Test(arguments: [(24, 40, Float?.some(3), Float(0.5)), (64, 16, .some(1), 1), (16, 24, nil, 0.25)])
    func cosineConvolutionLearnsKernelsAndGain(_ inputs: Int, _ outputs: Int, gain: Float?, factor: Float) throws {
        var random = RandomSource(seed: 6, stream: "\(inputs)")
        let kernels = Tensor(shape: [outputs, inputs, 1, 1], values: (0..<inputs * outputs).map { _ in random.normal() })
        let subject = OperationCase(
            name: "cosine \(inputs)", operation: CosineConvolution(kernels: kernels, gain: gain, factor: factor), inputs: [[inputs, 5, 4]])
        let run = try TrainingRun(OperationRun.graph(of: subject), "operation", subject, batch: 3)
        #expect(run.learned.trained.filter { $0.node == "operation" }.map(\.name) == (gain == nil ? ["operation.weight"] : ["operation.weight", "operation.gain"]))
        for item in run.learned.trained where item.node == "operation" {
            try run.run()
            let change = item.range.map { _ in 0.003 * random.normal() }
            var predicted = 0.0
            for (i, delta) in zip(item.range, change) { predicted += Double(delta) * Double(run.learned.gradients[i]) }
            for (i, delta) in zip(item.range, change) { run.learned.values[i] += delta }
            try run.run()
            let after = run.loss()
            for (i, delta) in zip(item.range, change) { run.learned.values[i] -= 2 * delta }
            try run.run()
            let difference = (after - run.loss()) / 2
            for (i, delta) in zip(item.range, change) { run.learned.values[i] += delta }
            #expect(abs(difference - predicted) < 2e-3 * abs(predicted) + 1e-5 * run.scale(), "\(item.name): \(difference), predicted \(predicted)")
        }
        // What was learned is what inference computes with.
        try run.run()
        let plan = try Plan(run.learned.graph(), .init(batch: 3, input: run.input, activations: ["operation"]))
        let other = try Workspace(plan)
        run.copyImage(to: other)
        try other.forward()
        let (y, z) = (try run.workspace.activationTensor(of: "operation"), try other.activationTensor(of: "operation"))
        #expect(zip(y.values, z.values).allSatisfy { abs($0 - $1) <= 1e-5 })
    }

    /// Fast algorithms, which round more.
    @Test(arguments: [[16, 16], [64, 32]])
    func winogradGivesTheSame(_ channels: [Int]) throws {
        let subject = OperationCase.convolution([channels[0], 12, 12], to: channels[1], kernel: [3, 3], padding: .symmetric(1))
        let graph = try OperationRun.graph(of: subject)
        let record = FileManager.default.temporaryDirectory.appendingPathComponent("choices-\(channels[0])-\(ProcessInfo.processInfo.processIdentifier).json").path
        defer { try? FileManager.default.removeItem(atPath: record) }
        // Chosen beforehand, so that time decides nothing here.
        let geometry = "4x\(channels[0])x12x12 to \(channels[1])x12x12 kernel 3x3 padding 1x1x1x1, threads 2"
        let (forward, pullback) = Layout.prefersNarrow ? ("tiles", "turnedTiles") : ("winograd", "turnedWinograd")
        try "{\"forward \(geometry)\": \"\(forward)\", \"pullback \(geometry)\": \"\(pullback)\"}".write(toFile: record, atomically: true, encoding: .utf8)
        let window = WindowGeometry(
            batch: 4, input: [channels[0], 12, 12], output: [channels[1], 12, 12], kernel: [3, 3], stride: [1, 1], paddingLow: [1, 1],
            paddingHigh: [1, 1])
        let zeros = Tensor(zeros: [channels[1], channels[0], 3, 3])
        // The library's for AVX-512, in tiles for AVX2; elsewhere the record asks for what cannot be had, and does no harm.
        let hasWinograd = Layout.prefersNarrow || (try? ConvolutionKernel(
            window, from: .blocked, weights: zeros, bias: nil, adding: false, activation: nil, algorithm: .winograd)) != nil
        let direct = try TrainingRun(graph, "operation", subject, batch: 4, gradients: ["input0"])
        let fast = try TrainingRun(
            graph, "operation", subject, batch: 4, gradients: ["input0"], algorithms: AlgorithmChoices(record: record, cache: nil))
        try direct.run()
        try fast.run()
        func agree(_ a: [Float], _ b: [Float]) -> Bool {
            let largest = a.map(abs).max() ?? 0
            return (a != b) == hasWinograd && zip(a, b).allSatisfy { abs($0 - $1) <= 1e-4 * largest }
        }
        #expect(agree(try direct.workspace.activationTensor(of: "operation").values, try fast.workspace.activationTensor(of: "operation").values))
        #expect(agree(try direct.workspace.gradientTensor(of: "input0").values, try fast.workspace.gradientTensor(of: "input0").values))
        #expect(abs(direct.loss() - fast.loss()) < 1e-4 * direct.scale())
    }

    /// What the gradient of the inputs is without learning is tested elsewhere.
    @Test(arguments: cases.filter { !$0.readsImage }, [3])
    func inputsGetTheSameGradientAsWithoutLearning(_ subject: OperationCase, batch: Int) throws {
        let graph = try OperationRun.graph(of: subject)
        let (input, result) = (OperationRun.inputNames(of: subject)[0], OperationRun.resultName(of: subject))
        let run = try TrainingRun(graph, result, subject, batch: batch, gradients: [input])
        try run.run()
        let plan = try Plan(
            graph, .init(batch: batch, input: run.input, activations: [result], seeds: [result], gradients: [input], fuses: false))
        let other = try Workspace(plan)
        run.copyImage(to: other)
        try other.forward()
        try run.copySeed(to: other)
        try other.backward()
        let (a, b) = (try run.workspace.gradientTensor(of: input), try other.gradientTensor(of: input))
        let largest = b.values.map(abs).max() ?? 0
        #expect(zip(a.values, b.values).allSatisfy { abs($0 - $1) <= 1e-5 * largest })
        let (y, z) = (try run.workspace.activationTensor(of: result), try other.activationTensor(of: result))
        #expect(zip(y.values, z.values).allSatisfy { abs($0 - $1) <= 1e-4 })
    }

    @Test(arguments: [[5, 3, 3], [24, 7, 5], [64, 1, 1], [16, 32, 32]] as [Shape], [2, 9])
    func normalisesByTheBatchAndDifferentiates(_ shape: Shape, batch: Int) throws {
        let subject = OperationCase.batchNormalization(shape)
        let run = try TrainingRun(OperationRun.graph(of: subject), "operation", subject, batch: batch, gradients: ["input0"], offset: 3)
        guard let operation = subject.operation as? BatchNormalization, let statistics = operation.statistics else { return }
        try run.run()
        let (x, y) = (run.image, try run.workspace.activationTensor(of: "operation").values)
        let dx = try run.workspace.gradientTensor(of: "input0").values
        let (channels, area) = (shape[0], shape[1] * shape[2]), count = Double(batch * area)
        for channel in 0..<channels {
            let places = (0..<batch).flatMap { image in (0..<area).map { (image * channels + channel) * area + $0 } }
            let values = places.map { Double(x[$0]) }, gradients = places.map { Double(run.seed[$0]) }
            let mean = values.reduce(0, +) / count
            let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / count
            let sigma = (variance + Double(operation.epsilon)).squareRoot()
            let normalised = values.map { ($0 - mean) / sigma }
            let (weight, bias) = (Double(operation.weight[channel]), Double(operation.bias[channel]))
            let sum = gradients.reduce(0, +), product = zip(gradients, normalised).reduce(0) { $0 + $1.0 * $1.1 }
            func gradient(_ suffix: String) -> Double {
                run.learned.trained.first { $0.name == "operation.\(suffix)" }.map { Double(run.learned.gradients[$0.offset + channel]) } ?? .nan
            }
            func running(_ suffix: String) -> Double {
                run.learned.statistics.first { $0.name == "operation.\(suffix)" }.map { Double(run.learned.running[$0.offset + channel]) } ?? .nan
            }
            #expect(abs(gradient("bias") - sum) < 1e-4 * count.squareRoot())
            #expect(abs(gradient("weight") - product) < 1e-4 * count.squareRoot())
            #expect(abs(running("running_mean") - (0.9 * Double(statistics.mean[channel]) + 0.1 * mean)) < 1e-5)
            let unbiased = variance * count / (count - 1)
            #expect(abs(running("running_var") - (0.9 * Double(statistics.variance[channel]) + 0.1 * unbiased)) < 1e-5)
            for (i, place) in places.enumerated() {
                #expect(abs(Double(y[place]) - (normalised[i] * weight + bias)) < 1e-4)
                let expected = weight / sigma * (gradients[i] - sum / count - normalised[i] * product / count)
                #expect(abs(Double(dx[place]) - expected) < 1e-4 * (1 + abs(expected)))
            }
        }
    }
}

/// A graph run in training, its output weighed with random numbers.
struct TrainingRun {
    let learned: LearnedValues
    let workspace: Workspace
    let input: Shape
    let image: [Float]
    /// In row-major order.
    let seed: [Float]
    private let output: String
    private let batch: Int

    init(_ graph: Graph, _ output: String, _ subject: OperationCase, batch: Int, gradients: [String] = [], offset: Float = 0,
        algorithms: AlgorithmChoices? = nil
    ) throws {
        input = OperationRun.imageShape(of: subject)
        self.output = output
        self.batch = batch
        learned = try LearnedValues(graph)
        let plan = try Plan(
            graph,
            .init(batch: batch, input: input, activations: [output], seeds: [output], gradients: gradients, threads: 2,
                algorithms: algorithms, learned: learned))
        workspace = try Workspace(plan)
        workspace.poison()
        var random = RandomSource(seed: 4, stream: subject.name)
        image = (0..<batch * input.count).map { _ in random.normal() + offset }
        seed = (0..<batch * (try plan.shape(of: output)).count).map { _ in random.normal() }
    }

    func copyImage(to workspace: Workspace) { workspace.input.update(from: image, count: image.count) }

    func copySeed(to workspace: Workspace) throws {
        let shape = try workspace.plan.shape(of: output)
        Layout.blocked.pack(seed, batch: batch, shape, into: try workspace.seed(at: output))
    }

    func run() throws {
        copyImage(to: workspace)
        try workspace.forward()
        try copySeed(to: workspace)
        try workspace.backward()
    }

    /// The sum of output times seed, from the last run.
    func loss() -> Double {
        let values = (try? workspace.activationTensor(of: output).values) ?? []
        return zip(values, seed).reduce(0) { $0 + Double($1.0) * Double($1.1) }
    }

    /// What such a sum's size is.
    func scale() -> Double {
        let values = (try? workspace.activationTensor(of: output).values) ?? []
        return zip(values, seed).reduce(0) { $0 + Double($1.0 * $1.1) * Double($1.0 * $1.1) }.squareRoot()
    }
}
