import Dataset
import Diagnostics
import Foundation
import Images
import Network
import Run
import Tensors
import Testing

@testable import Analysis

/// A network whose units are known, on pictures of one colour each.
struct AblationStudyTests {
    /// Units 0 to 2 see red, each a third of what there is; 3 sees green, 4 blue, 5 nothing ever, 6 what is grey. Classes are red, green and
    /// blue; red has to be strong to be said.
    private static func network(_ set: SmallDataSet) -> ImageNetwork {
        var network = set.network, graph = Graph()
        let third: Float = 1 / 3
        let colours = Convolution(
            weights: Tensor(
                shape: [7, 3, 1, 1],
                values: [third, 0, 0, third, 0, 0, third, 0, 0, 0, 1, 0, 0, 0, 1, -1, -1, -1, 1, 1, 1]), padding: .symmetric(0))
        let features = graph.add("features", Rectifier(.relu), graph.add("colours", colours, 0))
        // Read by the logits past the layer as well: it must keep its values while others are off.
        let side = graph.add("side", GlobalAveragePooling(), graph.add("doubled", Sum(), features, features))
        let mean = graph.add("mean", GlobalAveragePooling(), features)
        graph.add(
            "logits",
            Linear(
                weights: Tensor(
                    shape: [3, 7],
                    values: [
                        1, 1, 1, 0, 0, 0, 0,
                        0, 0, 0, 1, 0, 0, 0,
                        0, 0, 0, 0, 1, 0, 0,
                    ]), bias: [-0.6, 0.05, 0.04]), graph.add("both", Sum(), mean, side))
        network.graph = graph
        (network.logits, network.classCount) = ("logits", 3)
        network.matched = [("features", 1)]
        return network
    }

    /// Eight pictures of each colour, a little lighter each.
    private static func images(_ path: String) throws -> RealImages {
        for (place, name) in ["red", "green", "blue"].enumerated() {
            let folder = "\(path)/own/\(place)-\(name)"
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            for number in 0..<8 {
                var colour = [40, 40, 40]
                colour[place] = 150 + 10 * number
                let picture = Picture(width: 32, height: 32, pixels: (0..<32 * 32 * 3).map { UInt8(colour[$0 % 3]) })
                try Data(PNGEncoder.encode(picture)).write(to: URL(fileURLWithPath: "\(folder)/\(number).png"))
            }
        }
        let folder = try ImageFolder(path: path + "/own")
        return RealImages(
            folder: folder, preprocessing: try Preprocessing(resize: nil, cropHeight: 32, cropWidth: 32, mean: [0, 0, 0], standardDeviation: [1, 1, 1]),
            labels: folder.items.map(\.folder))
    }

    private static func study(
        _ network: ImageNetwork, _ images: RealImages, units: [Int] = Array(0..<7), concepts: [[Float]] = [], sets: [(name: String, off: SwitchedOff)] = [],
        threads: Int = 1, _ change: (inout AblationStudy.Options) -> Void = { _ in }
    ) throws -> AblationStudy.Result {
        var options = AblationStudy.Options()
        options.classes = [0, 1, 2]
        options.carriers = 3
        change(&options)
        return try AblationStudy(
            network: network, images: images, classNames: ["red", "green", "blue"],
            layers: [.init(name: "features", units: units, concepts: concepts)], sets: sets, options: options, threads: threads
        ).run(identity: "", known: { _ in nil }, save: { _ in }, progress: SilentProgress())
    }

    @Test(arguments: [false, true]) func `three planted units carry a class, and they alone keep it`(isGreedy: Bool) throws {
        try SmallDataSet.with { set in
            let result = try Self.study(Self.network(set), Self.images(set.path)) { $0.isGreedy = isGreedy }
            #expect(result.images.count == 24 && result.images.correct == 24)
            let layer = try #require(result.layers.first), red = try #require(layer.carriers.first { $0.index == 0 })
            #expect(Set(red.steps.map(\.unit)) == [0, 1, 2] && red.isGreedy == isGreedy)
            #expect(red.chosenOn == 4 && red.measuredOn == 4 && red.others == 8)
            // With one off there is still more red than anything else: a pixel of 150 has 2 x 0.588 - 0.6 of it, and 3 x 0.157 + 0.05 of green.
            #expect(red.before.right == 1 && red.off.right == 0 && red.off.taken == 0 && red.steps.map(\.off) == [1, 0, 0])
            // Alone they keep the class, and no other image is taken for it: green and blue have their bias left, red 3 x 0.157 - 0.6. The
            // first by itself misses the darkest red: 0.627 - 0.6.
            #expect(red.only.right == 1 && red.only.taken == 0 && red.steps.last?.only == 1 && red.steps.first?.only == 0.75)
            // Green is carried by one unit alone; no other unit matters to it, so that none is added.
            let green = try #require(layer.carriers.first { $0.index == 1 })
            #expect(green.steps.map(\.unit) == [3] && green.off.right == 0)
        }
    }

    @Test func `a dead unit and one that nobody reads change nothing`() throws {
        try SmallDataSet.with { set in
            let layer = try #require(Self.study(Self.network(set), Self.images(set.path)).layers.first)
            for unit in [5, 6] {
                let change = layer.units[unit].effect.all
                #expect(change.lost == 0 && change.gained == 0 && change.loss == 0 && change.images == 24 && !change.isClear)
            }
            // Without green all green images go elsewhere, and no other one does.
            let green = layer.units[3].effect
            #expect(green.all.lost == 8 && green.all.gained == 0 && green.all.after == 16 && green.all.isClear)
            #expect(green.classes.first?.index == 1 && green.classes.first?.change.lost == 8 && green.classes.first?.change.after == 0)
        }
    }

    @Test func `a direction of one unit is that unit, and of a sum takes all of it`() throws {
        try SmallDataSet.with { set in
            let images = try Self.images(set.path), network = Self.network(set)
            let third = Float(1 / 3.0).squareRoot()
            let found = try Self.study(
                network, images, concepts: [[0, 0, 0, 1, 0, 0, 0], [third, third, third, 0, 0, 0, 0]],
                sets: [("red", .units([0, 1, 2], of: "features")), ("none", .units([5], of: "features"))])
            let layer = try #require(found.layers.first)
            #expect(layer.concepts[0].effect == layer.units[3].effect)
            let set = try #require(found.sets.first).effect, concept = layer.concepts[1].effect
            #expect(concept.all.lost == 8 && set.all.lost == 8 && abs(concept.all.loss - set.all.loss) < 1e-5)
            #expect(found.sets[1].effect.all.loss == 0)
        }
    }

    /// Each as inserted into the graph: another way to the same numbers.
    @Test func `what is run on from a layer is what the whole network gives`() throws {
        try SmallDataSet.with { data in
            let network = try Architectures.random("cifar_resnet20", seed: 5), images = data.images
            let readable = images.labels.indices.filter { (try? images.picture($0)) != nil }
            // Inside a block, past which the shortcut leads; at a stage's end; over two layers.
            let offs: [SwitchedOff] = [
                .units([3], of: "layer2.1.bn1"), .units([0, 7, 31], of: "layer2"), .units([5], of: "layer3.2.bn1"),
                SwitchedOff([.init("layer1.0.bn1", .units([2, 9])), .init("layer2", .units([1])), .init("layer3.2.bn1", .units([60]))]),
                .units([3], of: "layer2.1.bn1"),
            ]
            var levels: [String: [Float]] = [:]
            for (layer, count) in [("layer1.0.bn1", 16), ("layer2.1.bn1", 32), ("layer2", 32), ("layer3.2.bn1", 64)] {
                levels[layer] = (0..<count).map { Float($0 % 5) * 0.125 }
            }
            let pass = try AblationPass(network: network, images: images, levels: levels, threads: 2)
            nonisolated(unsafe) var found: [[Double]] = [], before: [Double] = []
            try pass.run(readable, offs) { _ in Array(offs.indices) } deliver: { _, first, after in
                before.append(first.loss)
                found.append(after.map(\.outcome.loss))
            }
            for (number, off) in offs.enumerated() {
                var changed = network
                for part in off.parts {
                    guard case .units(let units) = part.what, let level = levels[part.layer] else { continue }
                    changed.graph = try changed.graph.inserting(behind: part.layer) { graph, node in
                        graph.add(
                            part.layer + " off",
                            Affine(
                                scale: level.indices.map { units.contains($0) ? 0 : 1 }, shift: level.indices.map { units.contains($0) ? level[$0] : 0 },
                                axis: 0), node)
                    }
                }
                nonisolated(unsafe) var direct: [Double] = []
                try AblationPass(network: changed, images: images, levels: [:], threads: 1).run(readable, []) { _ in [] } deliver: { _, first, _ in
                    direct.append(first.loss)
                }
                #expect(direct.count == readable.count)
                #expect(zip(direct, found).allSatisfy { abs($0 - $1[number]) < 1e-4 }, "\(off)")
                #expect(zip(direct, before).contains { abs($0 - $1) > 1e-4 }, "\(off) does something")
            }
        }
    }

    @Test func `the mean takes the place of a unit, and threads change nothing`() throws {
        try SmallDataSet.with { set in
            let images = try Self.images(set.path), network = Self.network(set)
            let zero = try Self.study(network, images), mean = try Self.study(network, images) { $0.replacement = .mean }
            // Green everywhere as green as images are in the mean: whatever class they are of.
            #expect(zero.layers != mean.layers)
            #expect(mean.layers[0].units[5].effect.all.loss == 0)
            #expect(try Self.study(network, images, threads: 3).layers == zero.layers)
        }
    }

    @Test func `what is known is not done again, and what is of no use is said`() throws {
        try SmallDataSet.with { set in
            let images = try Self.images(set.path), network = Self.network(set)
            func run(_ identity: String, _ known: LayerAblation?, _ units: [Int] = [0, 1]) throws -> (result: AblationStudy.Result, saved: Int) {
                var saved = 0
                var options = AblationStudy.Options()
                options.classes = [0]
                let study = try AblationStudy(
                    network: network, images: images, classNames: ["red", "green", "blue"], layers: [.init(name: "features", units: units)], sets: [],
                    options: options, threads: 1)
                let result = try study.run(identity: identity, known: { _ in known }, save: { _ in saved += 1 }, progress: SilentProgress())
                return (result, saved)
            }
            let first = try run("a", nil), known = first.result.layers[0]
            #expect(first.saved == 1 && known.units.map(\.index) == [0, 1])
            #expect(try run("a", known).saved == 0)
            #expect(try run("b", known).saved == 1)
            #expect(try run("a", known, [0]).saved == 1)

            var loose = network
            loose.graph.add("loose", Rectifier(.relu), try loose.graph.node(named: "colours"))
            let problem = try #require(throws: Problem.self) {
                _ = try AblationStudy(
                    network: loose, images: images, classNames: [], layers: [.init(name: "loose", units: [0])], sets: [], options: .init(), threads: 1)
            }
            #expect(problem.kind == .usage && problem.summary.contains("loose"))
        }
    }
}
