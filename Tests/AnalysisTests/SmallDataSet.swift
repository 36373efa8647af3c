import Dataset
import Foundation
import Images
import Network
import Tensors

@testable import Analysis

/// Thirteen random pictures in three class folders, one of them broken, and a network with random weights.
struct SmallDataSet {
    let path: String
    let images: RealImages
    let network: ImageNetwork

    /// Calls `body` with a data set in a temporary folder.
    static func with<Result>(_ body: (SmallDataSet) throws -> Result) throws -> Result {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("small-\(UUID())").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        return try body(SmallDataSet(path: path))
    }

    private init(path: String) throws {
        self.path = path
        var random = RandomSource(seed: 31, stream: "pictures")
        for number in 0..<13 {
            let folder = path + "/class\(number % 3)"
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            // Smooth enough to differ from each other in the mean.
            let colour = (0..<3).map { _ in random.integer(in: 30...220) }
            let pixels = (0..<32 * 32 * 3).map { UInt8(colour[$0 % 3] + random.integer(in: -30...30)) }
            let bytes = try PNGEncoder.encode(Picture(width: 32, height: 32, pixels: pixels))
            let file = folder + (number < 10 ? "/0\(number).png" : "/\(number).png")
            try Data(number == 9 ? Array(bytes.prefix(200)) : bytes).write(to: URL(fileURLWithPath: file))
        }
        network = try Architectures.random("cifar_resnet20", seed: 5)
        let input = network.input
        let folder = try ImageFolder(path: path)
        images = RealImages(
            folder: folder,
            preprocessing: try Preprocessing(
                resize: nil, cropHeight: 32, cropWidth: 32, mean: input.mean, standardDeviation: input.standardDeviation),
            labels: folder.items.map(\.folder))
    }
}
