import Dataset
import Diagnostics
import Foundation
import Images
import Network
import Tensors
import Testing

@testable import Training

@Suite struct NetworkFeaturesTests {
    /// Eleven pictures in two folders, one of them broken.
    private static func withPictures(_ body: (ImageFolder) throws -> Void) throws {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("pictures-\(UUID())").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        var random = RandomSource(seed: 3, stream: "pictures")
        for number in 0..<11 {
            let folder = path + (number % 2 == 0 ? "/cat" : "/dog")
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            let pixels = (0..<32 * 32 * 3).map { _ in UInt8(random.integer(in: 0...255)) }
            let bytes = try PNGEncoder.encode(Picture(width: 32, height: 32, pixels: pixels))
            try Data(number == 4 ? Array(bytes.prefix(99)) : bytes).write(to: URL(fileURLWithPath: "\(folder)/\(10 + number).png"))
        }
        try body(ImageFolder(path: path))
    }

    private static func features(
        _ folder: ImageFolder, _ network: ImageNetwork, layer: String = "layer3.1", pooling: Int = 1, threads: Int = 2
    ) throws -> NetworkFeatures {
        try NetworkFeatures(
            of: Teacher(network, fileName: "teacher.th", sha256: "00"), layer: layer,
            images: RealImages(
                folder: folder,
                preprocessing: Preprocessing(
                    resize: nil, cropHeight: 32, cropWidth: 32, mean: network.input.mean,
                    standardDeviation: network.input.standardDeviation),
                labels: folder.items.map(\.folder)),
            classNames: folder.classNames, pooling: pooling, threads: threads)
    }

    private static func all(_ source: some FeatureSource) throws -> (values: [Float], labels: [Int32]) {
        var values: [Float] = [], labels: [Int32] = []
        try source.forEachBatch { batch in
            values += UnsafeBufferPointer(start: batch.values, count: batch.rows * source.dimension)
            labels += UnsafeBufferPointer(start: batch.labels, count: batch.rows)
        }
        return (values, labels)
    }

    /// Rows against the plain tensor of one image at a time, and the pooled ones against sums of those.
    @Test func rowsArePositionsOfTheLayersMap() throws {
        try Self.withPictures { folder in
            let network = try Architectures.random("cifar_resnet20", seed: 5)
            let features = try Self.features(folder, network)
            let (values, labels) = try Self.all(features)
            #expect(features.dimension == 64 && features.positions == 64)
            #expect(features.skipped.map(\.path) == ["cat/14.png"])
            #expect(labels == Array(repeating: 0, count: 5 * 64) + Array(repeating: 1, count: 5 * 64))
            let workspace = try Workspace(
                Plan(network.graph, .init(batch: 1, input: [3, 32, 32], activations: ["layer3.1"])))
            let preprocessing = try Preprocessing(
                resize: nil, cropHeight: 32, cropWidth: 32, mean: network.input.mean, standardDeviation: network.input.standardDeviation)
            let readable = folder.items.filter { $0.relativePath != "cat/14.png" }
            let pooled = try Self.all(Self.features(folder, network, pooling: 2, threads: 1)).values
            for (number, item) in readable.enumerated() {
                preprocessing.tensorValues(of: try ImageDecoder.picture(at: item.path), into: workspace.input)
                try workspace.forward()
                let map = try workspace.activationTensor(of: "layer3.1").values
                let expected = (0..<64 * 64).map { (place: Int) -> Float in map[place % 64 * 64 + place / 64] }
                let scale = expected.map(abs).max() ?? 0
                #expect(difference(Array(values[number * 4096..<(number + 1) * 4096]), expected) < 1e-5 * scale)
                let means = (0..<16 * 64).map { (place: Int) -> Float in
                    let position = place / 64, channel = place % 64
                    let corner = position / 4 * 16 + position % 4 * 2
                    var sum: Float = 0
                    for offset in [0, 1, 8, 9] { sum += expected[(corner + offset) * 64 + channel] }
                    return sum / 4
                }
                #expect(difference(Array(pooled[number * 1024..<(number + 1) * 1024]), means) < 1e-5 * scale)
            }
        }
    }

    @Test func keptFeaturesAreTheSame() throws {
        try Self.withPictures { folder in
            let network = try Architectures.random("cifar_resnet20", seed: 5)
            let features = try Self.features(folder, network)
            let (values, labels) = try Self.all(features)
            let kept = try KeptFeatures(features, at: folder.path + "/features")
            for _ in 0..<2 {
                let again = try Self.all(kept)
                #expect(again.values == values && again.labels == labels)
            }
            // Another network's are not taken for them.
            let other = try Self.features(folder, network, pooling: 2)
            #expect(try Self.all(KeptFeatures(other, at: folder.path + "/features")).values.count == values.count / 4)
        }
    }

    @Test func whatHasNoMapOrCannotBePooledIsRefused() throws {
        try Self.withPictures { folder in
            let network = try Architectures.random("cifar_resnet20", seed: 5)
            let pooling = #expect(throws: Problem.self) { try Self.features(folder, network, pooling: 3) }
            #expect(pooling?.summary.contains("8 x 8") == true && pooling?.kind == .usage)
            #expect(throws: Problem.self) { try Self.features(folder, network, layer: "layer9") }
        }
    }
}
