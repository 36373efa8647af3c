import Dataset
import Diagnostics
import Foundation
import Images
import Network
import Run
import Tensors
import Testing

@testable import Analysis

/// A network whose units see one colour each, but for one that is the sum of two: it has two meanings, they one.
struct ClarityMeterTests {
    private static func network(_ set: SmallDataSet) -> ImageNetwork {
        var network = set.network, graph = Graph()
        let colours = Convolution(weights: Tensor(shape: [4, 3, 1, 1], values: [1, 0, 0, 0, 1, 0, 0, 0, 1, 1, 1, 0]), padding: .symmetric(0))
        let features = graph.add("features", Rectifier(.relu), graph.add("colours", colours, 0))
        graph.add("logits", Linear(weights: Tensor(shape: [3, 4], values: [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0]), bias: [0, 0, 0]), graph.add("mean", GlobalAveragePooling(), features))
        network.graph = graph
        (network.logits, network.classCount, network.reported) = ("logits", 3, ["features"])
        return network
    }

    /// Twelve pictures of each colour, a little different from each other.
    private static func images(_ path: String) throws -> RealImages {
        for colour in 0..<3 {
            let folder = "\(path)/own/\(colour)"
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            for number in 0..<12 {
                let picture = Picture(
                    width: 32, height: 32, pixels: (0..<32 * 32 * 3).map { UInt8($0 % 3 == colour ? 180 + 3 * number : 20 + (number * ($0 % 3 + 1)) % 7) })
                try Data(PNGEncoder.encode(picture)).write(to: URL(fileURLWithPath: "\(folder)/\(10 + number).png"))
            }
        }
        let folder = try ImageFolder(path: path + "/own")
        return RealImages(
            folder: folder, preprocessing: try Preprocessing(resize: nil, cropHeight: 32, cropWidth: 32, mean: [0, 0, 0], standardDeviation: [1, 1, 1]),
            labels: folder.items.map(\.folder))
    }

    @Test func `a unit that is the sum of two detectors has two meanings`() throws {
        try SmallDataSet.with { set in
            let images = try Self.images(set.path)
            func wish(_ unit: Int, _ numbers: [Int]) -> ClarityMeter.Wish { .init(unit: unit, references: numbers.map { Reference(image: $0) }) }
            // The strongest images of each: the sum's are red and green.
            let own = [
                wish(0, Array(2..<12)), wish(1, Array(14..<24)), wish(2, Array(26..<36)), wish(3, Array(7..<12) + Array(19..<24)),
                wish(4, [0, 12, 24, 3, 15, 27, 6, 18, 30, 9]),
            ]
            func found(threads: Int) throws -> LayerClarity {
                try ClarityMeter(network: Self.network(set), judge: nil, images: images, seed: 3, threads: threads)
                    .clarity(of: "features", own, readable: Array(0..<36))
            }
            let clarity = try found(threads: 2)
            #expect(clarity.units.map(\.unit) == [0, 1, 2, 3, 4] && clarity.random == 36 && clarity.compared == ["features", "mean"])
            for unit in clarity.units.prefix(3) {
                #expect(unit.clarity > 0.9 && unit.polysemanticity < 0.1, "\(unit)")
                #expect(unit.consistency == 1 && (unit.randomClarity ?? 1) < 0.3, "\(unit)")
            }
            let sum = clarity.units[3]
            #expect(sum.polysemanticity > 1 && sum.clarity < 0.6, "\(sum)")
            // Images of all kinds are as alike as random ones.
            #expect((0.02...0.98).contains(clarity.units[4].consistency ?? 0), "\(clarity.units[4])")
            #expect(try found(threads: 1) == clarity)
        }
    }

    @Test func `few images say nothing of chance`() throws {
        try SmallDataSet.with { set in
            let images = try Self.images(set.path)
            let found = try ClarityMeter(network: Self.network(set), judge: nil, images: images, seed: 3, threads: 1).clarity(
                of: "features", [.init(unit: 0, references: (0..<4).map { Reference(image: $0, window: [0, 0, 16, 16]) })], readable: [0, 12, 24, 30])
            #expect(found.random == 4 && found.units.first?.consistency == nil && found.units.first?.images == 4)
        }
    }
}
