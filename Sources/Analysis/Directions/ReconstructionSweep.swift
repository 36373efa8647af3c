import Dataset
import Diagnostics
import Network
import Run
import Tensors

/// One pass over images with what a dictionary makes of a layer in the layer's place: how much of the layer it explains, and which classes
/// the network finds then. Images are added in order, so that sums have the same bits whatever the number of threads.
struct ReconstructionSweep {
    let images: RealImages
    let readable: [Int]
    private let network: ImageNetwork
    private let names: (layer: String, reconstruction: String)
    private let plan: Plan

    /// - Parameter readable: numbers of the images.
    init(
        _ directions: Directions, network: ImageNetwork, images: RealImages, readable: [Int], algorithms: AlgorithmChoices?, precision: Precision
    ) throws {
        let (network, _, reconstruction) = try network.reconstructing(by: directions)
        self.network = network
        self.images = images
        self.readable = readable
        names = (directions.layer, reconstruction)
        plan = try Plan(
            network.graph,
            .init(
                batch: MicroBatch.size(for: network.input.shape), input: network.input.shape,
                activations: [directions.layer, reconstruction, network.logits], threads: 1, algorithms: algorithms, precision: precision))
    }

    /// What one image gave.
    private struct Image: Sendable {
        var error: Double
        var squares: Double
        /// By channel, a block of lanes each.
        var sums: [SIMD16<Double>]
        /// Nil where there are no classes.
        var predicted: Int?
    }

    struct Result {
        /// As `LayerDirections.Reconstruction`.
        var explainedVariance: Float?
        /// By image, in the order of `readable`; empty where there are no classes.
        var predicted: [Int] = []
    }

    func run(threads: Int, title: String, progress: any ProgressReport) throws -> Result {
        progress.begin(title, total: readable.count, done: 0)
        defer { progress.end() }
        let shape = try plan.shape(of: names.layer), classes = network.classCount
        let (plan, names, logits, preprocessing) = (plan, names, network.logits, images.preprocessing)
        // Only one batch is delivered at a time, and nothing else touches these meanwhile.
        nonisolated(unsafe) var error = 0.0, squares = 0.0, done = 0, predicted: [Int] = []
        nonisolated(unsafe) var sums = [SIMD16<Double>](repeating: .zero, count: Layout.blocks(shape[0]))
        try ImageReader(images).forEachBatch(of: readable, size: plan.request.batch, threads: threads) {
            try Workspace(plan)
        } look: { workspace, batch in
            try batch.checkWhole()
            batch.write(preprocessing, into: workspace.input)
            try workspace.forward()
            let (own, made) = (try workspace.activation(of: names.layer), try workspace.activation(of: names.reconstruction))
            let scores = LayerSummary(try workspace.activation(of: logits), images: batch.count, shape: try plan.shape(of: logits)).maximum
            return (0..<batch.count).map { slot in
                var image = Self.compare(own, made, slot: slot, shape)
                if classes > 0 { image.predicted = Sweep.best(1, of: Array(scores[slot * classes..<(slot + 1) * classes])).first }
                return image
            }
        } deliver: { _, found in
            for image in found {
                error += image.error
                squares += image.squares
                for block in sums.indices { sums[block] += image.sums[block] }
                if let best = image.predicted { predicted.append(best) }
                done += 1
            }
            progress.update(done)
        }
        let positions = Double(readable.count * shape[1] * shape[2])
        let variance = squares - sums.reduce(0) { $0 + ($1 * $1).sum() } / positions
        return Result(explainedVariance: variance > 1e-12 * squares ? Float(1 - error / variance) : nil, predicted: predicted)
    }

    /// Sums over image `slot` of two blocked maps.
    private static func compare(_ own: UnsafePointer<Float>, _ made: UnsafePointer<Float>, slot: Int, _ shape: Shape) -> Image {
        let area = shape[1] * shape[2], blocks = Layout.blocks(shape[0])
        let x = UnsafeRawPointer(own + slot * blocks * area * 16).assumingMemoryBound(to: SIMD16<Float>.self)
        let y = UnsafeRawPointer(made + slot * blocks * area * 16).assumingMemoryBound(to: SIMD16<Float>.self)
        var image = Image(error: 0, squares: 0, sums: [], predicted: nil)
        for block in 0..<blocks {
            var sum = SIMD16<Double>.zero, squares = SIMD16<Double>.zero, error = SIMD16<Double>.zero
            for place in block * area..<(block + 1) * area {
                let value = SIMD16<Double>(x[place]), difference = value - SIMD16<Double>(y[place])
                sum += value
                squares += value * value
                error += difference * difference
            }
            image.sums.append(sum)
            image.squares += squares.sum()
            image.error += error.sum()
        }
        return image
    }
}
