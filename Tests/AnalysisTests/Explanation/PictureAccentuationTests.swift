import Dataset
import Images
import Network
import Tensors
import Testing

@testable import Analysis

/// A network whose units see one colour each.
struct PictureAccentuationTests {
    private static func network(_ set: SmallDataSet) -> ImageNetwork {
        var network = set.network, graph = Graph()
        let stem = graph.add("stem", Convolution(weights: Tensor(shape: [3, 3, 1, 1], values: [1, 0, 0, 0, 1, 0, 0, 0, 1]), padding: .symmetric(0)), 0)
        let features = graph.add("features", Rectifier(.relu), graph.add("colours", Convolution(weights: Tensor(shape: [3, 3, 1, 1], values: [1, 0, 0, 0, 1, 0, 0, 0, 1]), padding: .symmetric(0)), stem))
        graph.add("logits", Linear(weights: Tensor(shape: [3, 3], values: [1, 0, 0, 0, 1, 0, 0, 0, 1]), bias: [0, 0, 0]), graph.add("mean", GlobalAveragePooling(), features))
        network.graph = graph
        (network.logits, network.classCount, network.reported, network.matched) = ("logits", 3, ["features"], [(layer: "stem", weight: 1)])
        return network
    }

    private static let picture: Picture = {
        var pixels: [UInt8] = []
        for place in 0..<32 * 32 {
            for colour in 0..<3 {
                let base = colour == 1 ? 190 : 150
                pixels.append(UInt8(base + (place / 32 + place) % 9))
            }
        }
        return Picture(width: 32, height: 32, pixels: pixels)
    }()

    private static func means(_ picture: Picture) -> [Double] {
        (0..<3).map { colour -> Double in
            var sum = 0.0
            for place in stride(from: colour, to: picture.pixels.count, by: 3) { sum += Double(picture.pixels[place]) }
            return sum / 1024
        }
    }

    @Test func `only the unit's colour grows, the less the more is kept`() throws {
        try SmallDataSet.with { set in
            let network = Self.network(set), before = Self.means(Self.picture)
            func pushed(_ keep: Float, seed: UInt64 = 0) throws -> Picture {
                let accentuation = try PictureAccentuation(network: network, layer: "features", settings: .init(steps: 100, rate: 0.2, keep: keep, seed: seed))
                #expect(accentuation.kept == "stem")
                return try accentuation.accentuated(Self.picture, unit: 0, largest: 1)
            }
            let free = try pushed(0), held = try pushed(1), fixed = try pushed(1e4)
            let all = [free, held, fixed].map(Self.means)
            #expect(all[0][0] > before[0] + 20 && all[0][0] > all[1][0] + 5 && all[1][0] > all[2][0] + 5, "\(all)")
            #expect(abs(all[2][0] - before[0]) < 4, "\(all)")
            for after in all { for other in 1...2 { #expect(abs(after[other] - before[other]) < 1, "\(all)") } }
            #expect(try pushed(1) == held)
        }
    }

    @Test func `a unit of the first layer keeps the picture itself`() throws {
        try SmallDataSet.with { set in
            let accentuation = try PictureAccentuation(network: Self.network(set), layer: "stem", settings: .init(steps: 10))
            #expect(accentuation.kept == Graph.inputName)
            let pushed = try accentuation.accentuated(Self.picture, unit: 2, largest: 1)
            #expect(Self.means(pushed)[2] > Self.means(Self.picture)[2] + 1)
        }
    }
}
