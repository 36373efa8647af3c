public import Dataset
import Diagnostics
import Network
public import Run
import Tensors

/// A layer's feature vectors at all positions of all images: rows are positions, in row-major order of each map, channels are
/// the values. The network runs up to the layer, forward only, again for every pass.
public final class NetworkFeatures: FeatureSource {
    public let dimension: Int
    public let classNames: [String]
    public let identity: [String: String]
    /// Positions of an image, after pooling.
    public let positions: Int
    public var imageCount: Int { images.count }
    /// Images that could not be read in the last pass, and so give no rows.
    public private(set) var skipped: [ImageSetDescription.Skipped] = []

    private let images: RealImages
    private let layer: String
    private let map: Shape
    private let pooling: Int
    /// Where images are brought to a student's size and colours.
    private let view: TeacherView?
    private let workspaces: WorkspacePool
    /// Images that go through the network at once on one thread.
    private let batchSize: Int
    private let threads: Int

    /// - Parameters:
    ///   - images: labels are indices in `classNames`.
    ///   - pooling: k x k positions of the map are averaged into one; 1 for none.
    ///   - view: where `images` are brought to a student's size and colours, how the teacher sees those.
    /// - Throws: `Problem` when the layer does not exist, has no map, or `pooling` does not divide it.
    public init(
        of teacher: Teacher, layer: String, images: RealImages, classNames: [String], pooling: Int = 1, view: TeacherView? = nil,
        threads: Int = 1
    ) throws {
        precondition(images.labels.allSatisfy { $0.map { (0..<classNames.count).contains($0) } ?? true }, "labels of named classes")
        let input = teacher.network.input
        batchSize = MicroBatch.size(for: input.shape)
        let plan = try Plan(teacher.network.graph, .init(batch: batchSize, input: input.shape, activations: [layer]))
        workspaces = WorkspacePool(plan)
        map = try plan.shape(of: layer)
        guard map.rank == 3 else {
            throw Problem(
                "Layer \(layer) has no feature map: its output is \(map)", explanation: "Channels, height and width are needed.",
                remedy: "Choose a convolutional layer; 'vitrine inspect' lists them.", kind: .usage)
        }
        guard pooling > 0, map[1] % pooling == 0, map[2] % pooling == 0 else {
            throw Problem(
                "The teacher's map of \(map[1]) x \(map[2]) positions at \(layer) cannot be pooled by \(pooling) x \(pooling)",
                explanation: "Pooling must divide both sides.", remedy: "Choose a divisor, or another layer.", kind: .usage)
        }
        dimension = map[0]
        positions = map[1] / pooling * (map[2] / pooling)
        self.classNames = classNames
        self.images = images
        self.layer = layer
        self.pooling = pooling
        self.view = view
        self.threads = max(1, threads)
        let listing = zip(images.folder.items, images.labels).map { "\($0.relativePath)\t\($0.fileSize)\t\($1.map(String.init) ?? "")" }
        var identity = [
            "teacher": teacher.fileName, "teacher_sha256": teacher.sha256, "teacher_architecture": teacher.identity.architecture,
            "teacher_layer": layer, "teacher_pooling": String(pooling), "dimension": String(dimension),
            "images": String(images.count), "images_sha256": FileHash.sha256(Array((listing.joined(separator: "\n") + images.folder.decoding.identity).utf8)),
            "classes": classNames.joined(separator: "\n"),
            "input": input.fingerprint,
        ]
        identity["seen"] = view?.identity ?? nil
        self.identity = identity
    }

    public func forEachBatch(_ body: (FeatureBatch) throws -> Void) throws {
        let perImage = positions * dimension
        // A group of micro-batches at a time, 16 MB of rows at most, but work for every thread.
        let group = max(threads, min(16 * threads, (1 << 22) / max(1, batchSize * perImage))) * batchSize
        let rows = try AlignedBuffer(bytes: group * perImage * MemoryLayout<Float>.size)
        var rowLabels = [Int32](repeating: -1, count: group * positions)
        skipped = []
        for begin in stride(from: 0, to: images.count, by: group) {
            let end = min(begin + group, images.count)
            let broken = try run(begin..<end, into: rows.floats())
            skipped += broken.map { images.skipped($0.number, $0.problem) }
            let isBroken = Set(broken.map(\.number))
            // What could be read moves together.
            var filled = 0
            for image in begin..<end where !isBroken.contains(image) {
                if filled != image - begin {
                    (rows.floats() + filled * perImage).update(from: rows.floats() + (image - begin) * perImage, count: perImage)
                }
                let label = images.labels[image].map { Int32($0) } ?? -1
                for row in filled * positions..<(filled + 1) * positions { rowLabels[row] = label }
                filled += 1
            }
            OneDNN.useThreads(threads)
            try rowLabels.withUnsafeBufferPointer {
                guard let labels = $0.baseAddress, filled > 0 else { return }
                try body(FeatureBatch(values: rows.floats(), labels: labels, rows: filled * positions))
            }
        }
        guard skipped.count < images.count else { throw images.noneLeft(skipped) }
    }

    /// Writes the rows of images `range` and returns those that could not be read, in order; their rows mean nothing.
    private func run(_ range: Range<Int>, into rows: UnsafeMutablePointer<Float>) throws -> [(number: Int, problem: Problem)] {
        let perImage = positions * dimension
        // Every image has rows of its own, and only one batch is delivered at a time.
        nonisolated(unsafe) let (features, rows) = (self, rows)
        nonisolated(unsafe) var broken: [(number: Int, problem: Problem)] = []
        try ImageReader(images).forEachBatch(of: range, size: batchSize, threads: threads) {
        } look: { _, batch in
            let workspace = try features.workspaces.take(0)
            defer { features.workspaces.giveBack(workspace, 0) }
            features.write(batch, to: workspace.input)
            try workspace.forward()
            let values = try workspace.activation(of: features.layer)
            for (slot, image) in batch.numbers.enumerated() {
                features.write(values, image: slot, to: rows + (image - range.lowerBound) * perImage)
            }
        } deliver: { batch, _ in
            for case let (number, problem?) in zip(batch.numbers, batch.failures) { broken.append((number, problem)) }
        }
        return broken
    }

    /// Writes the pictures of a batch as the teacher takes them.
    private func write(_ batch: ImageBatch, to target: UnsafeMutablePointer<Float>) {
        let preprocessing = images.preprocessing
        guard let view else { return batch.write(preprocessing, into: target) }
        let size = batch.count * preprocessing.channels * preprocessing.cropHeight * preprocessing.cropWidth
        withUnsafeTemporaryAllocation(of: Float.self, capacity: size) { pictures in
            guard let first = pictures.baseAddress else { return }
            batch.write(preprocessing, into: first)
            view.write(first, count: batch.count, to: target)
        }
    }

    /// Copies an image's blocked map as rows, pooled.
    private func write(_ values: UnsafePointer<Float>, image: Int, to rows: UnsafeMutablePointer<Float>) {
        let (width, area, blocks) = (map[2], map[1] * map[2], Layout.blocks(dimension))
        let scale = 1 / Float(pooling * pooling)
        let across = width / pooling
        for block in 0..<blocks {
            let lanes = UnsafeRawPointer(values + (image * blocks + block) * area * Layout.block).assumingMemoryBound(to: SIMD16<Float>.self)
            let channels = min(Layout.block, dimension - block * Layout.block)
            for position in 0..<positions {
                let corner = position / across * pooling * width + position % across * pooling
                var sum = SIMD16<Float>(repeating: 0)
                for row in 0..<pooling {
                    for column in 0..<pooling { sum += lanes[corner + row * width + column] }
                }
                if pooling > 1 { sum *= scale }
                let target = rows + position * dimension + block * Layout.block
                for channel in 0..<channels { target[channel] = sum[channel] }
            }
        }
    }
}
