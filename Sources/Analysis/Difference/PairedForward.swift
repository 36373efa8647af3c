import Dataset
import Images
import Network
import Tensors

/// Two networks at work on the same images, batch after batch: each sees the images as it takes them.
struct PairedForward: Sendable {
    /// One thread's memory.
    typealias Spaces = (first: Workspace, second: Workspace)

    let first: Plan
    let second: Plan
    /// Images of a batch, at most.
    let size: Int
    private let firstImages: RealImages
    private let secondImages: RealImages
    /// How the second sees the first's pictures; nil where it has images of its own.
    private let view: TeacherView?
    /// True where what the second takes are the first's pictures in other colours: these are read once.
    private let sharesPictures: Bool

    /// - Parameters:
    ///   - first, second: of the same images, in the same order.
    ///   - view: how the second sees the first's pictures; nil where it has images of its own.
    ///   - layers: whose activations are kept, of either network.
    ///   - algorithms: as in `Plan.Request`.
    ///   - precision: of the first network; the second is computed in single precision.
    init(
        _ first: PairedSweep.Side, _ second: PairedSweep.Side, view: TeacherView? = nil, layers: (first: [String], second: [String]),
        algorithms: AlgorithmChoices? = nil, precision: Precision = .float32
    ) throws {
        let size = min(MicroBatch.size(for: first.network.input.shape), MicroBatch.size(for: second.network.input.shape))
        func plan(_ network: ImageNetwork, _ layers: [String], _ precision: Precision) throws -> Plan {
            try Plan(
                network.graph,
                .init(
                    batch: size, input: network.input.shape, activations: Set(layers).sorted(), threads: 1, algorithms: algorithms,
                    precision: precision))
        }
        self.first = try plan(first.network, layers.first, precision)
        self.second = try plan(second.network, layers.second, .float32)
        self.size = size
        (firstImages, secondImages, self.view) = (first.images, second.images, view)
        sharesPictures = first.images.preprocessing.sharesPixels(with: second.images.preprocessing)
    }

    func spaces() throws -> Spaces { (try Workspace(first), try Workspace(second)) }

    /// Runs both forward on a batch of the first's images.
    func run(_ spaces: Spaces, on batch: ImageBatch) throws {
        batch.write(firstImages.preprocessing, into: spaces.first.input)
        if let view {
            view.write(spaces.first.input, count: batch.count, to: spaces.second.input)
        } else {
            let seen = sharesPictures ? batch : ImageReader(secondImages).read(batch.numbers)
            seen.write(secondImages.preprocessing, into: spaces.second.input)
        }
        try spaces.first.forward()
        try spaces.second.forward()
    }
}
