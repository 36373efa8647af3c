import Dataset
import Diagnostics
import Images
import Network
import Run
import Tensors

/// The mean activation of a layer's channels in every window of some images: what concepts are found in.
struct WindowActivations: Sendable {
    /// Numbers in the listing, ascending.
    let images: [Int]
    let grid: WindowGrid
    let channels: Int
    /// Images x windows x channels.
    let values: [Float]

    /// Values kept at most: the memory does not grow with the number of images.
    private static let largestCount = 1 << 23
    static let mostWindows = 1 << 13

    /// Of `candidates`, spread evenly, as many as there is room for: windows of `grid` cut out, enlarged to the network's input and run as
    /// far as `layer`. Throws a `Problem` when an image cannot be read.
    init(
        layer: String, network: ImageNetwork, images: RealImages, candidates: [Int], grid: WindowGrid, threads: Int,
        algorithms: AlgorithmChoices?, precision: Precision, progress: any ProgressReport
    ) throws {
        let size = min(MicroBatch.size(for: network.input.shape), grid.windows.count)
        let plan = try Plan(
            network.graph,
            .init(batch: size, input: network.input.shape, activations: [layer], threads: 1, algorithms: algorithms, precision: precision))
        let shape = try plan.shape(of: layer)
        let room = max(1, min(Self.mostWindows, Self.largestCount / shape[0]) / grid.windows.count)
        let count = min(room, candidates.count)
        let chosen = (0..<count).map { candidates[$0 * candidates.count / count] }
        progress.begin("Looking for concepts of \(layer) (images)", total: count, done: 0)
        defer { progress.end() }
        var gathered: [Float] = []
        gathered.reserveCapacity(count * grid.windows.count * shape[0])
        // Only one piece is delivered at a time, and nothing else touches it meanwhile.
        nonisolated(unsafe) var result = gathered
        try OrderedWork.run(0..<count, threads: threads) {
            try Workspace(plan)
        } piece: { workspace, number -> [Float] in
            let whole = try images.picture(chosen[number])
            var means: [Float] = []
            try workspace.forEachBatch(of: grid.windows) { window, target in
                try images.write(window, of: whole, number: chosen[number], into: target)
            } look: { part in
                let summary = LayerSummary(try workspace.activation(of: layer), images: part.count, shape: shape)
                means += summary.sum.map { Float($0 / Double(shape[1] * shape[2])) }
            }
            return means
        } deliver: { number, means in
            result += means
            progress.update(number + 1)
        }
        gathered = result
        self.images = chosen
        self.grid = grid
        channels = shape[0]
        values = gathered
    }
}
