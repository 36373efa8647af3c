import Tensors
import TestSupport
import Testing

@testable import Network

/// A case run through a plan of its own, on random inputs.
///
/// 1 x 1 convolutions that only pick channels stand between the image and each input; they change no bit. What they give are blocked
/// maps; inputs of other ranks are those seen under another shape, and so is the result.
struct OperationRun {
    private let subject: OperationCase
    private let batch: Int
    private let workspace: Workspace
    private let image: NaiveMap
    private let seed: NaiveMap
    private static let name = "operation"

    init(_ subject: OperationCase, batch: Int) throws {
        self.subject = subject
        self.batch = batch
        let inputNames = Self.inputNames(of: subject)
        let resultName = Self.resultName(of: subject)
        let imageShape = Self.imageShape(of: subject)
        let plan = try Plan(
            try Self.graph(of: subject),
            .init(
                batch: batch, input: imageShape, activations: [resultName], seeds: [resultName], gradients: inputNames,
                fuses: false))
        workspace = try Workspace(plan)
        workspace.poison()
        var random = RandomSource(seed: 3, stream: "\(subject.name)/\(batch)")
        var image = NaiveMap(batch: batch, imageShape)
        for i in image.values.indices {
            var value = subject.offset + subject.spread * random.normal()
            for kink in subject.kinks where abs(value - kink) < 0.01 { value = kink + (value < kink ? -0.01 : 0.01) }
            image.values[i] = Double(value)
        }
        self.image = image
        var seed = NaiveMap(batch: batch, try plan.shape(of: resultName))
        for i in seed.values.indices { seed.values[i] = Double(random.normal()) }
        self.seed = seed
    }

    /// True when inputs are handed over in row-major order under their own shapes.
    private static func comesInRows(_ subject: OperationCase) -> Bool {
        subject.comesInRows || subject.inputs.contains { $0.rank != 3 }
    }

    static func inputNames(of subject: OperationCase) -> [String] {
        if subject.readsImage { return [Graph.inputName] }
        return subject.inputs.indices.map { comesInRows(subject) ? "picked\($0)" : "input\($0)" }
    }

    /// Values that may end with other channels than those of the first axis are looked at in row-major order.
    private static func flattens(_ subject: OperationCase) -> Bool {
        comesInRows(subject) || subject.operation is Rearrangement || subject.operation is LayoutChange
    }

    static func resultName(of subject: OperationCase) -> String { flattens(subject) ? "result" : name }

    static func imageShape(of subject: OperationCase) -> Shape {
        if comesInRows(subject) { return [subject.inputs.reduce(0) { $0 + $1.count }, 1, 1] }
        let first = subject.inputs[0]
        return [subject.inputs.reduce(0) { $0 + $1[0] }, first[1], first[2]]
    }

    /// How far apart the rows and columns of the image are that input `number` consists of.
    private static func stride(_ number: Int, of subject: OperationCase) -> Int {
        (subject.inputs[0][1] + subject.inputs[number][1] - 1) / subject.inputs[number][1]
    }

    static func graph(of subject: OperationCase) throws -> Graph {
        var graph = Graph()
        guard !subject.readsImage else {
            graph.add(name, subject.operation, 0)
            return graph
        }
        let channels = imageShape(of: subject)[0]
        var first = 0
        var entries: [Int] = []
        if comesInRows(subject) {
            for (number, shape) in subject.inputs.enumerated() {
                var weights = Tensor(zeros: [shape.count, channels, 1, 1])
                for channel in 0..<shape.count { weights.values[channel * channels + first + channel] = 1 }
                let picked = graph.add("picked\(number)", Convolution(weights: weights, padding: .symmetric(0)), 0)
                let flat = graph.add("flat\(number)", Reshaping(to: [shape.count]), picked)
                entries.append(graph.add("input\(number)", Reshaping(to: shape), flat))
                first += shape.count
            }
            addConstants(of: subject, to: &graph, &entries)
            return try adding(subject, entries, to: graph)
        }
        for (number, shape) in subject.inputs.enumerated() {
            var weights = Tensor(zeros: [shape[0], channels, 1, 1])
            for channel in 0..<shape[0] { weights.values[channel * channels + first + channel] = 1 }
            let entry = Convolution(weights: weights, stride: stride(number, of: subject), padding: .symmetric(0))
            entries.append(graph.add("input\(number)", entry, 0))
            first += shape[0]
        }
        addConstants(of: subject, to: &graph, &entries)
        return try adding(subject, entries, to: graph)
    }

    private static func adding(_ subject: OperationCase, _ entries: [Int], to graph: Graph) throws -> Graph {
        var graph = graph
        let operation = graph.add(name, subject.operation, inputs: entries)
        if flattens(subject) {
            let shape = try subject.operation.outputShape(for: subject.inputs + subject.constants.map(\.shape))
            graph.add("result", Reshaping(to: [shape.count, 1, 1]), operation)
        }
        return graph
    }

    private static func addConstants(of subject: OperationCase, to graph: inout Graph, _ entries: inout [Int]) {
        for (number, constant) in subject.constants.enumerated() {
            entries.append(graph.add("constant\(number)", Constant(constant), inputs: []))
        }
    }

    func forward() throws {
        workspace.write(image)
        try workspace.forward()
    }

    func backward() throws {
        try workspace.writeSeed(seed, at: Self.resultName(of: subject))
        try workspace.backward()
    }

    func result() throws -> NaiveMap { NaiveMap(try workspace.activationTensor(of: Self.resultName(of: subject))) }

    func definition() throws -> NaiveMap { try definition(inputs) }

    private func definition(_ inputs: [NaiveMap]) throws -> NaiveMap {
        let constants = subject.constants.map { constant in
            var map = NaiveMap(batch: batch, constant.shape)
            map.values = (0..<batch).flatMap { _ in constant.values.map(Double.init) }
            return map
        }
        let result = try #require(
            try NaiveOperations.forward(subject.operation, inputs + constants), "write the definition into NaiveOperations")
        return result.reshaped(try workspace.plan.shape(of: Self.resultName(of: subject)))
    }

    /// The operation's inputs, picked from the image.
    private var inputs: [NaiveMap] {
        guard !subject.readsImage else { return [image] }
        var first = 0
        if Self.comesInRows(subject) {
            return subject.inputs.map { shape in
                var map = NaiveMap(batch: batch, shape)
                map.values = (0..<batch).flatMap { at in
                    image.values[at * image.shape.count + first..<at * image.shape.count + first + shape.count]
                }
                first += shape.count
                return map
            }
        }
        return subject.inputs.enumerated().map { number, shape in
            let stride = Self.stride(number, of: subject)
            var map = NaiveMap(batch: batch, shape)
            map.forEachPlace { map[$0, $1, $2, $3] = image[$0, first + $1, $2 * stride, $3 * stride] }
            first += shape[0]
            return map
        }
    }

    func gradients() throws -> [NaiveMap] {
        try zip(Self.inputNames(of: subject), subject.inputs).map {
            NaiveMap(try workspace.gradientTensor(of: $0)).reshaped($1)
        }
    }

    /// The slope of `<seed, operation>` along a random direction: by central differences of the definition, and from the
    /// engine's gradients.
    func slopes(along number: Int) throws -> (expected: Double, found: Double) {
        var random = RandomSource(seed: 4, stream: "\(subject.name)/\(number)")
        let inputs = inputs
        let directions = inputs.map { input in
            var direction = input
            for i in direction.values.indices { direction.values[i] = Double(random.normal()) }
            return direction
        }
        func value(_ step: Double) throws -> NaiveMap {
            try definition(zip(inputs, directions).map { $0.moved(along: $1, by: step) })
        }
        let difference = try value(subject.step).moved(along: try value(-subject.step), by: -1)
        let found = zip(try gradients(), directions).reduce(0) { $0 + $1.0.dot($1.1) }
        return (difference.dot(seed) / (2 * subject.step), found)
    }

    func lanesPastTheLastChannelAreZero() throws -> Bool {
        let name = Self.resultName(of: subject)
        let shape = try workspace.plan.shape(of: name)
        let values = try workspace.activation(of: name)
        let (blocks, area) = (Layout.blocks(shape[0]), shape[1] * shape[2])
        for image in 0..<batch {
            for channel in shape[0]..<blocks * 16 {
                for position in 0..<area
                where values[((image * blocks + channel / 16) * area + position) * 16 + channel % 16] != 0 { return false }
            }
        }
        return true
    }
}
