import Dataset
import Network
import Tensors

/// Looks at images once more, for where heads look in them.
struct HeadSweep {
    let geometries: [HeadGeometry]
    private let network: ImageNetwork
    private let images: RealImages
    private let algorithms: AlgorithmChoices?
    /// Bytes of weights that one thread holds, at most, where there are several attentions: more goes in several passes.
    private static let mostBytes = 512 << 20

    init(_ attentions: [AttentionLayer], network: ImageNetwork, images: RealImages, algorithms: AlgorithmChoices?) throws {
        let places = try TokenPlaces.of(attentions, in: network.graph, input: network.input.shape)
        geometries = zip(attentions, places).map { HeadGeometry($0, $1) }
        self.network = network
        self.images = images
        self.algorithms = algorithms
    }

    /// The attentions, by number, in the passes that look at them.
    private var passes: [[Int]] {
        var passes: [[Int]] = [], bytes = 0
        let batch = MicroBatch.size(for: network.input.shape)
        for (number, geometry) in geometries.enumerated() {
            let attention = geometry.attention
            let own = 4 * batch * attention.windows * attention.heads * attention.queries * attention.keys
            if passes.isEmpty || bytes + own > Self.mostBytes {
                passes.append([])
                bytes = 0
            }
            passes[passes.count - 1].append(number)
            bytes += own
        }
        return passes
    }

    /// How often an image is looked at.
    var passCount: Int { passes.count }

    /// By attention and head: what was found in the images `numbers`. `done` is told how many looks there were yet.
    func tallies(of numbers: [Int], threads: Int, done: @escaping (Int) -> Void) throws -> [[HeadTally]] {
        // One batch is delivered at a time, and nothing else touches these meanwhile.
        nonisolated(unsafe) var tallies = geometries.map { Array(repeating: HeadTally(tokens: $0.tokens.count), count: $0.attention.heads) }
        nonisolated(unsafe) var looks = 0
        nonisolated(unsafe) let tell = done
        for pass in passes {
            let own = pass.map { geometries[$0] }
            let (graph, rows) = try network.graph.withRows(of: own.map(\.attention.weights), input: network.input.shape)
            let plan = try Plan(
                graph,
                .init(
                    batch: MicroBatch.size(for: network.input.shape), input: network.input.shape, activations: rows, threads: 1, algorithms: algorithms))
            let preprocessing = images.preprocessing
            try ImageReader(images).forEachBatch(of: numbers, size: plan.request.batch, threads: threads) {
                try Workspace(plan)
            } look: { workspace, batch -> [[[HeadLook]]] in
                try batch.checkWhole()
                batch.write(preprocessing, into: workspace.input)
                try workspace.forward()
                return try zip(own, rows).map { geometry, row in
                    let attention = geometry.attention
                    // A row of values lies as it is, filled up to whole lanes.
                    let stride = Layout.blocked.count(batch: 1, try plan.shape(of: row)), values = UnsafePointer(try workspace.activation(of: row))
                    return (0..<batch.count).map { slot in
                        (0..<attention.heads).map { HeadLook(values + slot * stride, head: $0, geometry) }
                    }
                }
            } deliver: { batch, found in
                for (place, layer) in zip(pass, found) {
                    for (slot, image) in batch.numbers.enumerated() {
                        for head in layer[slot].indices { tallies[place][head].add(layer[slot][head], image: image) }
                    }
                }
                looks += batch.count
                tell(looks)
            }
        }
        return tallies
    }
}
