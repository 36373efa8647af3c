import Diagnostics
public import Images
public import Network
public import Run
import Synchronization
import Tensors

/// A layer's feature vectors at all positions of all images: rows are positions, in row-major order of each map, channels are
/// the values. The network runs up to the layer, forward only, again for every pass.
public final class NetworkFeatures: FeatureSource {
    public let dimension: Int
    public let classNames: [String]
    public let identity: [String: String]
    /// Positions of an image, after pooling.
    public let positions: Int
    public var images: Int { folder.items.count }
    /// Images that could not be read in the last pass, and so give no rows.
    public private(set) var skipped: [ImageSetDescription.Skipped] = []

    private let folder: ImageFolder
    private let preprocessing: Preprocessing
    private let labels: [Int?]
    private let layer: String
    private let map: Shape
    private let pooling: Int
    private let plan: Plan
    private let threads: Int

    /// - Parameters:
    ///   - labels: of each image of `folder`, the index of its class in `classNames`.
    ///   - pooling: k x k positions of the map are averaged into one; 1 for none.
    ///   - teacher: what a file says of the network: its file's name and hash, its architecture.
    /// - Throws: `Problem` when the layer does not exist, has no map, or `pooling` does not divide it.
    public init(
        _ network: ImageNetwork, layer: String, folder: ImageFolder, preprocessing: Preprocessing, labels: [Int?],
        classNames: [String], teacher: TeacherDescription, pooling: Int = 1, threads: Int = 1
    ) throws {
        precondition(labels.count == folder.items.count, "a label, or none, for every image")
        precondition(labels.allSatisfy { $0.map { (0..<classNames.count).contains($0) } ?? true }, "labels of named classes")
        plan = try Plan(
            network.graph,
            .init(batch: max(1, min(8, 8 * 4096 / network.input.size.reduce(1, *))), input: network.input.shape, activations: [layer]))
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
        self.folder = folder
        self.preprocessing = preprocessing
        self.labels = labels
        self.layer = layer
        self.pooling = pooling
        self.threads = max(1, threads)
        let listing = zip(folder.items, labels).map { "\($0.relativePath)\t\($0.fileSize)\t\($1.map(String.init) ?? "")" }
        let input = network.input
        identity = [
            "teacher": teacher.file, "teacher_sha256": teacher.sha256, "teacher_architecture": teacher.architecture,
            "teacher_layer": layer, "teacher_pooling": String(pooling), "dimension": String(dimension),
            "images": String(folder.items.count), "images_sha256": FileHash.sha256(Array(listing.joined(separator: "\n").utf8)),
            "classes": classNames.joined(separator: "\n"),
            "input": "\(input.resize.map(String.init) ?? "none") \(input.interpolation.rawValue) \(input.size) \(input.mean) \(input.standardDeviation)",
        ]
    }

    public func forEachBatch(_ body: (FeatureBatch) throws -> Void) throws {
        let size = plan.request.batch
        let perImage = positions * dimension
        // A group of micro-batches at a time, 16 MB of rows at most, but work for every thread.
        let group = max(threads, min(16 * threads, (1 << 22) / max(1, size * perImage)))
        let workspaces = try (0..<threads).map { _ in try Workspace(plan) }
        let rows = try AlignedBuffer(bytes: group * size * perImage * MemoryLayout<Float>.size)
        var rowLabels = [Int32](repeating: -1, count: group * size * positions)
        var failures = [ImageSetDescription.Skipped]()
        for begin in stride(from: 0, to: images, by: group * size) {
            let end = min(begin + group * size, images)
            let broken = try run(begin..<end, workspaces, into: rows.floats())
            // What could be read moves together.
            var filled = 0
            for image in begin..<end {
                if let reason = broken[image] {
                    failures.append(.init(path: folder.items[image].relativePath, reason: reason))
                    continue
                }
                if filled != image - begin {
                    (rows.floats() + filled * perImage).update(from: rows.floats() + (image - begin) * perImage, count: perImage)
                }
                for row in filled * positions..<(filled + 1) * positions { rowLabels[row] = labels[image].map { Int32($0) } ?? -1 }
                filled += 1
            }
            try rowLabels.withUnsafeBufferPointer {
                guard let labels = $0.baseAddress, filled > 0 else { return }
                try body(FeatureBatch(values: rows.floats(), labels: labels, rows: filled * positions))
            }
        }
        skipped = failures
        guard failures.count < images else {
            throw Problem(
                "None of the \(images) images could be read",
                explanation: failures.first.map { "The first one: \($0.path): \($0.reason)." })
        }
    }

    /// Writes the rows of images `range` and returns by number what went wrong with those that could not be read.
    private func run(_ range: Range<Int>, _ workspaces: [Workspace], into rows: UnsafeMutablePointer<Float>) throws -> [Int: String] {
        let size = plan.request.batch
        let perImage = positions * dimension
        let broken = Mutex<[Int: String]>([:])
        let failure = FirstFailure()
        OneDNN.useThreads(threads)
        Parallel.forEach((range.count + size - 1) / size) { thread, piece in
            let workspace = workspaces[thread]
            let begin = range.lowerBound + piece * size, end = min(begin + size, range.upperBound)
            failure.catching {
                let pixels = plan.request.input.count
                for image in begin..<end {
                    let target = workspace.input + (image - begin) * pixels
                    do {
                        let picture = try ImageDecoder.picture(at: folder.items[image].path)
                        preprocessing.tensorValues(of: preprocessing.picture(picture), into: target)
                    } catch {
                        target.update(repeating: 0, count: pixels)
                        broken.withLock { $0[image] = (error as? Problem)?.summary ?? "\(error)" }
                    }
                }
                try workspace.forward()
                let values = try workspace.activation(of: layer)
                for image in begin..<end { write(values, image: image - begin, to: rows + (image - range.lowerBound) * perImage) }
            }
        }
        try failure.rethrow()
        return broken.withLock { $0 }
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

/// What files about a teacher say of it.
public struct TeacherDescription: Sendable, Equatable {
    /// The checkpoint's name without its folder.
    public var file: String
    public var sha256: String
    public var architecture: String

    public init(file: String, sha256: String, architecture: String) {
        self.file = file
        self.sha256 = sha256
        self.architecture = architecture
    }
}
