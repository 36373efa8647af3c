import Dataset
import Diagnostics
import Network
import Run
import Tensors

/// One pass over images through the network as it is: what every unit is in the mean, over all positions of all images, and which images are
/// right.
struct UnitMeans {
    struct Found: Sendable {
        /// Images that could be read, in order.
        var readable: [Int] = []
        var skipped: [ImageSetDescription.Skipped] = []
        var tally: ClassTally
        /// By layer, one value a unit.
        var means: [String: [Float]] = [:]
        fileprivate var sums: [[Double]]
    }

    private let plan: Plan
    private let network: ImageNetwork
    private let images: RealImages
    private let layers: [String]
    private let threads: Int

    /// Throws a `Problem` for a layer that is not there.
    init(network: ImageNetwork, images: RealImages, layers: [String], threads: Int) throws {
        self.network = network
        self.images = images
        self.layers = layers
        self.threads = threads
        plan = try Plan(
            network.graph,
            .init(
                batch: MicroBatch.size(for: network.input.shape), input: network.input.shape, activations: layers + [network.logits], threads: 1))
    }

    private struct Summary: Sendable {
        var sums: [(sum: [Double], units: Int)]
        var rankings: [[Int]]
    }

    /// Looks at the images `numbers`. Those that cannot be read are told of.
    func look(at numbers: [Int], progress: any ProgressReport) throws -> Found {
        let (plan, layers, logits, preprocessing) = (plan, layers, network.logits, images.preprocessing)
        let shapes = try layers.map { try plan.shape(of: $0) }
        let first = Found(tally: ClassTally(classCount: network.classCount, images: images.count), sums: shapes.map { Array(repeating: 0, count: $0[0]) })
        // One batch is delivered at a time, and nothing else touches it meanwhile.
        nonisolated(unsafe) var found = first
        let images = images
        progress.begin("Looking at images", total: numbers.count, done: 0)
        defer { progress.end() }
        try ImageReader(images).forEachBatch(of: numbers, size: plan.request.batch, threads: threads) {
            try Workspace(plan)
        } look: { workspace, batch -> Summary in
            batch.write(preprocessing, into: workspace.input)
            try workspace.forward()
            let sums = try zip(layers, shapes).map { layer, shape in
                let summary = LayerSummary(try workspace.activation(of: layer), images: batch.count, shape: shape)
                return (sum: summary.sum, units: summary.units)
            }
            let classes = LayerSummary(try workspace.activation(of: logits), images: batch.count, shape: try plan.shape(of: logits))
            return Summary(
                sums: sums,
                rankings: (0..<batch.count).map { Sweep.best(5, of: Array(classes.maximum[$0 * classes.units..<($0 + 1) * classes.units])) })
        } deliver: { batch, summary in
            for (slot, image) in batch.numbers.enumerated() {
                if let failure = batch.failures[slot] {
                    found.skipped.append(images.skipped(image, failure))
                    continue
                }
                found.readable.append(image)
                found.tally.add(image: image, ranking: summary.rankings[slot], label: images.labels[image])
                for (layer, values) in summary.sums.enumerated() {
                    for unit in 0..<values.units { found.sums[layer][unit] += values.sum[slot * values.units + unit] }
                }
            }
            progress.update(found.readable.count + found.skipped.count)
        }
        for (place, layer) in layers.enumerated() {
            let count = Double(max(1, found.readable.count * shapes[place][1] * shapes[place][2]))
            found.means[layer] = found.sums[place].map { Float($0 / count) }
        }
        return found
    }
}
