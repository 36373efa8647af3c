import Dataset
import Diagnostics
import Foundation
import Images
import Network
import Run
import Tensors
import Testing

@testable import Analysis

struct LineUpJudgeTests {
    /// Units that see one colour each; what the network is itself the judge of.
    private static func network(_ set: SmallDataSet) -> ImageNetwork {
        var network = set.network, graph = Graph()
        let colours = Convolution(weights: Tensor(shape: [3, 3, 1, 1], values: [1, 0, 0, 0, 1, 0, 0, 0, 1]), padding: .symmetric(0))
        let features = graph.add("features", Rectifier(.relu), graph.add("colours", colours, 0))
        graph.add("logits", Linear(weights: Tensor(shape: [3, 3], values: [1, 0, 0, 0, 1, 0, 0, 0, 1]), bias: [0, 0, 0]), graph.add("mean", GlobalAveragePooling(), features))
        network.graph = graph
        (network.logits, network.classCount, network.reported) = ("logits", 3, ["features"])
        return network
    }

    private static func picture(_ colour: Int, _ value: Int) -> Picture {
        Picture(width: 32, height: 32, pixels: (0..<32 * 32 * 3).map { UInt8($0 % 3 == colour ? value : 30) })
    }

    /// Twelve pictures of each colour, all brighter than the mean that the network subtracts; the first four of a colour are shown in line-ups, the others are references.
    private static func images(_ path: String) throws -> RealImages {
        for colour in 0..<3 {
            let folder = "\(path)/own/\(colour)"
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            for number in 0..<12 {
                try Data(PNGEncoder.encode(picture(colour, 160 + 5 * number))).write(to: URL(fileURLWithPath: "\(folder)/\(10 + number).png"))
            }
        }
        let folder = try ImageFolder(path: path + "/own")
        return RealImages(
            folder: folder, preprocessing: try Preprocessing(resize: nil, cropHeight: 32, cropWidth: 32, mean: [0, 0, 0], standardDeviation: [1, 1, 1]),
            labels: folder.items.map(\.folder))
    }

    private static func wish(_ unit: Int, prototype: Picture) -> LineUpJudge.Wish {
        let shown = (0..<3).flatMap { colour in
            (0..<(colour == unit ? 4 : 2)).map { number in
                LineUp.Shown(
                    image: colour * 12 + number, window: number == 1 ? [0, 0, 16, 16] : nil, picture: "", excites: colour == unit,
                    isReference: false, activation: 1, shareBelow: 1)
            }
        }
        return LineUpJudge.Wish(
            question: .init(unit: unit, pictures: shown), prototype: prototype, references: (0..<12).map { Reference(image: unit * 12 + $0) })
    }

    private static func judgement(_ set: SmallDataSet, _ wishes: [LineUpJudge.Wish], threads: Int = 2) throws -> LayerJudgement {
        let network = network(set)
        let judge = Judge(
            network: network, description: .init(architecture: "own", displayName: "itself", checkpoint: .init(fileName: "", bytes: 0, sha256: "0", format: "")))
        return try LineUpJudge(judge: judge, images: images(set.path), threads: threads).judgement(of: "features", wishes)
    }

    @Test func `the network itself answers for its own units`() throws {
        try SmallDataSet.with { set in
            let found = try Self.judgement(set, (0..<3).map { Self.wish($0, prototype: Self.picture($0, 250)) })
            #expect(found.units.map(\.unit) == [0, 1, 2] && found.judgeLayers == ["features", "mean"])
            for unit in found.units {
                #expect(unit.byPrototype.right == 1 && unit.byImages.right == 1)
                // Four pairs at most are independent: Wilson's interval of four out of four.
                #expect(abs(unit.byPrototype.interval[0] - 0.5101) < 1e-3 && unit.byPrototype.interval[1] == 1)
                // Of twelve references four are shown.
                #expect(unit.images == 8)
            }
            #expect(found.byPrototype?.right == 1 && found.byImages?.right == 1)
            #expect(try Self.judgement(set, (0..<3).map { Self.wish($0, prototype: Self.picture($0, 250)) }, threads: 1) == found)
        }
    }

    @Test func `a prototype of another colour misleads it, real images do not`() throws {
        try SmallDataSet.with { set in
            let found = try Self.judgement(set, [Self.wish(0, prototype: Self.picture(1, 250))]), unit = try #require(found.units.first)
            // Against green it loses all pairs; red and blue are as far from green as each other, or nearly.
            #expect(unit.byPrototype.right <= 0.5 && unit.byImages.right == 1)
        }
    }

    @Test func `without other real images there is no answer`() throws {
        try SmallDataSet.with { set in
            var wish = Self.wish(0, prototype: Self.picture(0, 250))
            wish.references = Array(wish.references.prefix(4))
            let found = try Self.judgement(set, [wish])
            #expect(found.units.isEmpty && found.byPrototype == nil)
        }
    }
}
