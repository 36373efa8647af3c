import Foundation
import Network
import Run
import Tensors
import Testing

@testable import Analysis

struct PerturbationTests {
    private struct Golden: Decodable {
        var index: Int
        /// Every 97th value.
        var blurred: [Float]
        var given: Curves
        var gradient: Curves
        /// Every 31st value.
        var enlarged: [Float]

        struct Curves: Decodable {
            var deletion: [Float]
            var insertion: [Float]
            var deletionArea: Float
            var insertionArea: Float
        }
    }

    private static func formula(_ count: Int, _ scale: Double, _ shift: Double) -> [Float] {
        (0..<count).map { place -> Float in
            let angle: Double = 1.7 * Double(place) + shift
            return Float(scale * sin(angle))
        }
    }

    /// As in `make_perturbation_golden.py`.
    private static func network(_ set: SmallDataSet) -> ImageNetwork {
        var network = set.network, graph = Graph()
        let features = graph.add(
            "features", Rectifier(.relu),
            graph.add("convolution", Convolution(weights: Tensor(shape: [6, 3, 3, 3], values: formula(162, 0.5, 0.3)), padding: .symmetric(1)), 0))
        graph.add(
            "logits", Linear(weights: Tensor(shape: [4, 6], values: formula(24, 3, 1.1)), bias: nil), graph.add("mean", GlobalAveragePooling(), features))
        network.graph = graph
        (network.logits, network.classCount) = ("logits", 4)
        return network
    }

    private static let image = (0..<3 * 32 * 32).map { place -> Float in
        let angle: Double = 0.013 * Double(place * (1 + place % 7))
        return Float(1.5 * sin(angle))
    }
    private static let saliency = (0..<32 * 32).map { place -> Float in
        let angle: Double = 2.3 * Double(place) + 0.001 * Double(place * place)
        return Float(sin(angle))
    }

    private static func isNear(_ one: [Float], _ other: [Float], _ bound: Float = 1e-5) -> Bool {
        one.count == other.count && zip(one, other).allSatisfy { abs($0 - $1) < bound }
    }

    @Test func `curves, blur and areas are those of RISE in PyTorch`() throws {
        let golden: Golden = try goldenFile("perturbation")
        try SmallDataSet.with { set in
            let perturbation = try Perturbation(Self.network(set)), worker = try perturbation.worker()
            let blurred = Perturbation.blurred(Self.image, size: [32, 32])
            #expect(Self.isNear(stride(from: 0, to: blurred.count, by: 97).map { blurred[$0] }, golden.blurred))
            let given = try perturbation.curves(of: Self.saliency, on: Self.image, class: golden.index, worker.answers)
            #expect(Self.isNear(given.deletion, golden.given.deletion) && Self.isNear(given.insertion, golden.given.insertion))

            let map = HeatMap(values: Self.formula(64, 1, 0.7), height: 8, width: 8, residual: nil), enlarged = map.enlarged(to: [32, 32])
            #expect(Self.isNear(stride(from: 0, to: enlarged.count, by: 31).map { enlarged[$0] }, golden.enlarged))

            let whole = HeatMap(values: Self.saliency, height: 32, width: 32, residual: nil)
            let found = try perturbation.curves(of: whole, on: Self.image, class: golden.index, stream: "a", worker)
            #expect(found.maps.map(\.map) == ["relevance", "gradient", "random"] && found.steps == 32)
            #expect(found.maps[0].deletion == given.deletion && found.maps[0].insertion == given.insertion)
            #expect(Self.isNear(found.maps[1].deletion, golden.gradient.deletion) && Self.isNear(found.maps[1].insertion, golden.gradient.insertion))
            #expect(abs(found.maps[0].deletionArea - golden.given.deletionArea) < 1e-5 && abs(found.maps[0].insertionArea - golden.given.insertionArea) < 1e-5)
            #expect(abs(found.maps[1].deletionArea - golden.gradient.deletionArea) < 1e-5)
            // All begin and end alike, whatever the order is; the same stream is the same order.
            for curves in found.maps {
                #expect(abs(curves.deletion[0] - given.deletion[0]) < 1e-6 && abs(curves.deletion[32] - 0.25) < 1e-6)
                #expect(abs(curves.insertion[32] - given.deletion[0]) < 1e-6)
            }
            #expect(try perturbation.curves(of: whole, on: Self.image, class: golden.index, stream: "a", worker) == found)
            #expect(try perturbation.curves(of: whole, on: Self.image, class: golden.index, stream: "b", worker).maps[2] != found.maps[2])
        }
    }

    @Test func `a map that names the pixels that count beats chance`() throws {
        try SmallDataSet.with { set in
            var network = set.network, graph = Graph()
            let red = graph.add("red", Convolution(weights: Tensor(shape: [1, 3, 1, 1], values: [1, 0, 0]), padding: .symmetric(0)), 0)
            graph.add("logits", Linear(weights: Tensor(shape: [2, 1], values: [40, 0]), bias: [-1, 0]), graph.add("mean", GlobalAveragePooling(), red))
            network.graph = graph
            (network.logits, network.classCount) = ("logits", 2)
            // Red in the upper left corner.
            let corner = (0..<1024).map { Float($0 / 32 < 8 && $0 % 32 < 8 ? 1 : 0) }
            let perturbation = try Perturbation(network), worker = try perturbation.worker()
            let found = try perturbation.curves(
                of: HeatMap(values: corner, height: 32, width: 32, residual: nil), on: corner + Array(repeating: 0.5, count: 2048), class: 0, stream: "", worker)
            let own = found.maps[0], random = found.maps[2]
            #expect(own.deletionArea < random.deletionArea - 0.05 && own.insertionArea > random.insertionArea + 0.02, "\(found)")
            // A sixteenth of the pixels, two steps, hold all of it.
            #expect(abs(own.deletion[2] - own.deletion[32]) < 1e-6)
        }
    }
}
