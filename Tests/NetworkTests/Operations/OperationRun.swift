import Tensors
import Testing

@testable import Network

/// A case run through a plan of its own, on random inputs.
///
/// Operations work on blocked maps, so that 1 x 1 convolutions that only pick channels stand between the image and each
/// input; they change no bit.
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
        let inputNames = subject.readsImage ? [Graph.inputName] : subject.inputs.indices.map { "input\($0)" }
        let imageShape = Self.imageShape(of: subject)
        let plan = try Plan(
            try Self.graph(of: subject),
            .init(
                batch: batch, input: imageShape, activations: [Self.name], seeds: [Self.name], gradients: inputNames,
                fuses: false))
        workspace = try Workspace(plan)
        workspace.poison()
        var random = RandomSource(seed: 3, stream: "\(subject.name)/\(batch)")
        var image = NaiveMap(batch: batch, imageShape)
        for i in image.values.indices {
            var value = subject.spread * random.normal()
            for kink in subject.kinks where abs(value - kink) < 0.01 { value = kink + (value < kink ? -0.01 : 0.01) }
            image.values[i] = Double(value)
        }
        self.image = image
        var seed = NaiveMap(batch: batch, try plan.shape(of: Self.name))
        for i in seed.values.indices { seed.values[i] = Double(random.normal()) }
        self.seed = seed
    }

    private static func imageShape(of subject: OperationCase) -> Shape {
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
        for (number, shape) in subject.inputs.enumerated() {
            var weights = Tensor(zeros: [shape[0], channels, 1, 1])
            for channel in 0..<shape[0] { weights.values[channel * channels + first + channel] = 1 }
            let entry = Convolution(weights: weights, stride: stride(number, of: subject), padding: .symmetric(0))
            entries.append(graph.add("input\(number)", entry, 0))
            first += shape[0]
        }
        graph.add(name, subject.operation, inputs: entries)
        return graph
    }

    func forward() throws {
        workspace.write(image)
        try workspace.forward()
    }

    func backward() throws {
        try workspace.writeSeed(seed, at: Self.name)
        try workspace.backward()
    }

    func result() throws -> NaiveMap { NaiveMap(try workspace.activationTensor(of: Self.name)) }

    func definition() throws -> NaiveMap { try definition(inputs) }

    private func definition(_ inputs: [NaiveMap]) throws -> NaiveMap {
        try #require(try NaiveOperations.forward(subject.operation, inputs), "write the definition into NaiveOperations")
    }

    /// The operation's inputs, picked from the image.
    private var inputs: [NaiveMap] {
        guard !subject.readsImage else { return [image] }
        var first = 0
        return subject.inputs.enumerated().map { number, shape in
            let stride = Self.stride(number, of: subject)
            var map = NaiveMap(batch: batch, shape)
            map.forEachPlace { map[$0, $1, $2, $3] = image[$0, first + $1, $2 * stride, $3 * stride] }
            first += shape[0]
            return map
        }
    }

    func gradients() throws -> [NaiveMap] {
        try (subject.readsImage ? [Graph.inputName] : subject.inputs.indices.map { "input\($0)" }).map {
            NaiveMap(try workspace.gradientTensor(of: $0))
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
        let shape = try workspace.plan.shape(of: Self.name)
        let values = try workspace.activation(of: Self.name)
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
