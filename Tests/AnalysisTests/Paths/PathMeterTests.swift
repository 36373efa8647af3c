import Dataset
import Diagnostics
import Foundation
import Images
import Network
import Run
import Tensors
import Testing

@testable import Analysis

struct PathMeterTests {
    private struct Golden: Decodable {
        var one: [Float]
        var other: [Float]
        var correlation: Double
    }

    @Test func `rank correlations are SciPy's, ties among them`() throws {
        let cases: [Golden] = try goldenFile("rank_correlation")
        #expect(cases.count == 5)
        for golden in cases {
            let one = try #require(RankVector(golden.one)), other = try #require(RankVector(golden.other))
            #expect(abs(one.correlation(with: other) - golden.correlation) < 1e-12)
            #expect(abs(other.correlation(with: other) - 1) < 1e-12)
        }
    }

    @Test func `what cannot be ranked has none`() {
        #expect(RankVector([1, 2]) == nil && RankVector([3, 3, 3, 3]) == nil && RankVector([1, .nan, 2, 3]) == nil && RankVector([]) == nil)
        #expect(RankVector([1, 2, .infinity]) != nil)
    }

    @Test func `a path is what nothing leads past`() throws {
        let small = try Architectures.random("cifar_resnet20", seed: 1)
        #expect(try small.path(through: ["layer3"]) == ["conv1", "layer1.0", "layer1.1", "layer1", "layer2.0", "layer2.1", "layer2", "layer3.0", "layer3.1", "layer3"])
        // Inside a block the shortcut leads past; what is turned round is where its original is.
        #expect(try small.path(through: ["layer3.0.conv1", NegatedLayer.name(of: "layer2.0")], most: 6) == ["conv1", "layer1", "layer2.0", "layer2.1", "layer2", "layer3"])
        for name in ["resnet50", "vit_b_16", "densenet121", "vgg11", "mobilenet_v2"] {
            let network = try Architectures.random(name, seed: 1), path = try network.path(through: network.reported)
            #expect((4...14).contains(path.count) && Set(path).isSuperset(of: network.reported) && !path.contains(network.logits), "\(name): \(path)")
            let places = try path.map { try network.graph.node(named: $0) }
            #expect(places == places.sorted() && Set(places).count == places.count, "\(name): \(path)")
        }
    }

    // MARK: A network that can be followed by hand

    private static let weights: [[Float]] = [[1, 0, 0], [0, 1, 0], [0, 0, 1], [0.5, 0.25, 0], [-1, 0.5, 0.75], [0.25, -0.5, 1]]

    /// Six units that mix colours at every position.
    private static func network(_ set: SmallDataSet) -> ImageNetwork {
        var network = set.network, graph = Graph()
        let colours = Convolution(weights: Tensor(shape: [6, 3, 1, 1], values: weights.flatMap { $0 }), padding: .symmetric(0))
        let features = graph.add("features", Rectifier(.relu), graph.add("colours", colours, 0))
        graph.add("logits", Linear(weights: Tensor(shape: [2, 6], values: Array(repeating: 1, count: 12)), bias: [0, 0]), graph.add("mean", GlobalAveragePooling(), features))
        network.graph = graph
        (network.logits, network.classCount, network.reported, network.matched, network.landmarks) = ("logits", 2, ["features"], [], ["features", "logits"])
        network.input.mean = [0, 0, 0]
        network.input.standardDeviation = [1, 1, 1]
        return network
    }

    /// Means of the units over a picture of one colour.
    private static func means(_ picture: Picture) -> [Double] {
        let colour = (0..<3).map { Double(picture.pixels[$0]) / 255 }
        return weights.map { row in max(0, zip(row, colour).reduce(0) { $0 + Double($1.0) * $1.1 }) }
    }

    /// Spearman's correlation, rank by rank counted out.
    private static func correlation(_ one: [Double], _ other: [Double]) -> Double {
        func ranks(_ values: [Double]) -> [Double] {
            values.map { value in Double(values.count { $0 < value - 1e-9 }) + Double(values.count { abs($0 - value) <= 1e-9 }) / 2 }
        }
        let (x, y) = (ranks(one), ranks(other)), middle = Double(one.count) / 2
        func sum(_ a: [Double], _ b: [Double]) -> Double { zip(a, b).reduce(0) { $0 + ($1.0 - middle) * ($1.1 - middle) } }
        return sum(x, y) / (sum(x, x) * sum(y, y)).squareRoot()
    }

    private static func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(values.count) }

    private static func plain(_ red: Int, _ green: Int, _ blue: Int) -> Picture {
        Picture(width: 32, height: 32, pixels: (0..<32 * 32).flatMap { _ in [UInt8(red), UInt8(green), UInt8(blue)] })
    }

    @Test func `correlations are those counted out by hand, and others leave out what both share`() throws {
        try SmallDataSet.with { set in
            let pictures = (0..<9).map { Self.plain(20 + 23 * $0, 10 + (71 * $0) % 240, 5 + (113 * $0) % 250) }
            let path = set.path + "/plain"
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
            for (number, picture) in pictures.enumerated() {
                try Data(PNGEncoder.encode(picture)).write(to: URL(fileURLWithPath: "\(path)/\(number).png"))
            }
            let folder = try ImageFolder(path: path), network = Self.network(set)
            let images = RealImages(folder: folder, preprocessing: try Preprocessing(network.input), labels: folder.items.map { _ in nil })
            let prototype = Self.plain(200, 30, 90)
            func subject(_ unit: Int, _ numbers: [Int]) -> PathMeter.Subject {
                var choice = ReferenceChoice(from: numbers.map { Reference(image: $0) }, count: 1, sentence: "")
                if numbers.count < 5 { choice.references = numbers.map { Reference(image: $0) } }
                let task = PrototypeTask(target: .unit(layer: "features", unit: unit), layers: [], choice: choice)
                return PathMeter.Subject(task) { prototype }
            }
            // Of the second there are not enough candidates besides its references; the image 3 is of both.
            let subjects = [subject(0, [8, 0, 1, 2, 3]), subject(1, [3, 4, 5])]
            #expect(!subjects[0].areReferences && subjects[1].areReferences)
            let meter = try PathMeter(network, layers: ["features"], images: images, threads: 2)
            let found = try meter.entries(of: subjects)
            let means = pictures.map(Self.means), own = [[0, 1, 2, 3], [3, 4, 5]], far = [[4, 5], [0, 1, 2]]
            for (number, entry) in found.enumerated() {
                let point = entry.points[0], real = own[number]
                #expect(entry.images.map(\.image) == real && entry.otherImages == far[number].count && point.layer == "features")
                let single = real.map { one in Self.mean(real.filter { $0 != one }.map { Self.correlation(means[one], means[$0]) }) }
                let wanted: [(Float?, Double?)] = [
                    (point.prototype, Self.mean(real.map { Self.correlation(Self.means(prototype), means[$0]) })), (point.real, Self.mean(single)),
                    (point.realRange?[0], single.min()), (point.realRange?[1], single.max()),
                    (point.others, Self.mean(real.flatMap { one in far[number].map { Self.correlation(means[one], means[$0]) } })),
                ]
                for (value, expected) in wanted { #expect(abs(Double(value ?? .nan) - (expected ?? .nan)) < 1e-5) }
            }
            // By itself there is nothing to compare with.
            let alone = try meter.entries(of: [subject(0, [8])])
            #expect(alone[0].points[0].prototype != nil && alone[0].points[0].real == nil && alone[0].points[0].others == nil)
        }
    }
}
