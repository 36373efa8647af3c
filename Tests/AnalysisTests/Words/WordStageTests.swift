import Dataset
import Diagnostics
import Foundation
import Images
import Network
import Run
import Tensors
import Testing

@testable import Analysis

/// A network and an encoder whose units and words are known: three units see a colour each, the fourth stripes that no word is about, the fifth
/// is the same everywhere. An image's vector is its mean colour; words are colours.
struct WordStageTests {
    private static let count = 300

    private static func network(_ set: SmallDataSet) -> ImageNetwork {
        var network = set.network, graph = Graph()
        var weights = [Float](repeating: 0, count: 5 * 3 * 2)
        for colour in 0..<3 {
            weights[(colour * 3 + colour) * 2] = 1
            (weights[(3 * 3 + colour) * 2], weights[(3 * 3 + colour) * 2 + 1]) = (-1, 1)
        }
        let seen = graph.add("seen", Convolution(weights: Tensor(shape: [5, 3, 1, 2], values: weights), padding: .symmetric(0)), 0)
        let features = graph.add("features", Rectifier(.relu), seen)
        let logits = Tensor(shape: [3, 5], values: [1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1, 0, 0])
        graph.add("logits", Linear(weights: logits, bias: [0, 0, 0]), graph.add("mean", GlobalAveragePooling(), features))
        network.graph = graph
        (network.logits, network.classCount, network.reported) = ("logits", 3, ["features"])
        return network
    }

    /// Mean colours, and another size of input than the network has.
    private static func encoder(_ set: SmallDataSet) -> ImageNetwork {
        var network = set.network, graph = Graph()
        let identity = Tensor(shape: [3, 3], values: [1, 0, 0, 0, 1, 0, 0, 0, 1])
        graph.add("vector", Linear(weights: identity, bias: [0, 0, 0]), graph.add("mean", GlobalAveragePooling(), 0))
        network.graph = graph
        network.input = ImageNetwork.Input(resize: 16, size: [16, 16], mean: [0, 0, 0], standardDeviation: [1, 1, 1])
        (network.logits, network.classCount, network.reported) = ("vector", 3, [])
        return network
    }

    private static let words = WordVectors(
        words: ["red", "green", "blue", "grey", "yellow"], width: 3, values: [1, 0, 0, 0, 1, 0, 0, 0, 1, 1, 1, 1, 1, 1, 0])

    /// A colour of its own in every picture, and stripes of an amplitude that has nothing to do with it; a table says which are red.
    private static func images(_ path: String) throws -> RealImages {
        var random = RandomSource(seed: 5)
        try FileManager.default.createDirectory(atPath: path + "/own", withIntermediateDirectories: true)
        var table = ["image,reddish,stripes,remark"]
        for number in 0..<count {
            let colour = (0..<3).map { _ in random.integer(in: 40...200) }, stripes = random.integer(in: 0...40)
            let pixels = (0..<32 * 32 * 3).map { UInt8(colour[$0 % 3] + ($0 / 3 % 2) * stripes) }
            let name = "\(1000 + number).png"
            try Data(PNGEncoder.encode(Picture(width: 32, height: 32, pixels: pixels))).write(to: URL(fileURLWithPath: "\(path)/own/\(name)"))
            table.append("\(name),\(colour[0] > 150 ? 1 : 0),\(stripes > 30 ? "strong" : stripes > 10 ? "some" : "weak"),\(number)")
        }
        try table.joined(separator: "\n").write(toFile: path + "/attributes.csv", atomically: true, encoding: .utf8)
        let folder = try ImageFolder(path: path + "/own")
        return RealImages(
            folder: folder, preprocessing: try Preprocessing(resize: nil, cropHeight: 32, cropWidth: 32, mean: [0, 0, 0], standardDeviation: [1, 1, 1]),
            labels: folder.items.map { _ in nil })
    }

    private static func run(_ set: SmallDataSet, _ images: RealImages, at path: String, hasWords: Bool = true, threads: Int = 2) throws -> ReportRun {
        var options = RunOptions(command: "")
        options.layers = ["features"]
        (options.units, options.classes, options.seed, options.references, options.strongest, options.winograd) = ("all", "none", 3, 4, 3, false)
        let network = network(set), checkpoint = NetworkDescription.Checkpoint(fileName: "", bytes: 0, sha256: "0", format: "")
        let vocabulary = hasWords
            ? try LabelStudy.Vocabulary(
                words, encoder: encoder(set), description: .init(architecture: "own", displayName: "colours", checkpoint: checkpoint), preparation: "")
            : nil
        let attributes = try ImageAttributes(path: set.path + "/attributes.csv", images: images.folder.items.map(\.relativePath))
        return try ReportRun(
            network: network,
            description: NetworkDescription(
                architecture: "own", displayName: "own", checkpoint: checkpoint, parameters: 0, inputShape: [3, 32, 32],
                preprocessing: .init(resize: nil, interpolation: "bilinear", crop: [32, 32], mean: [0, 0, 0], standardDeviation: [1, 1, 1]),
                classCount: 3, layers: []),
            images: images, classNames: ["0", "1", "2"], options: options, title: "", tool: .init(name: "Vitrine", version: "0", engine: ""),
            warnings: [], labels: LabelStudy(vocabulary: vocabulary, attributes: attributes), threads: threads, folder: .create(at: path))
    }

    private static func perform(_ run: ReportRun) throws -> (words: LayerWords?, checks: LayerChecks) {
        var findings = ReportFindings()
        findings.add(try StatisticsStage().run(run, findings, progress: SilentProgress()), of: StatisticsStage())
        try WordStage().run(run, findings, progress: SilentProgress())
        let checks = try #require(try run.folder.read(LayerChecks.self, from: .checks(layer: "features")))
        return (try run.folder.read(LayerWords.self, from: .words(layer: "features")), checks)
    }

    @Test func `units that see colours go with their words, one that sees stripes with none`() throws {
        try SmallDataSet.with { set in
            let images = try Self.images(set.path), run = try Self.run(set, images, at: set.path + "/run")
            let (words, checks) = try Self.perform(run), found = try #require(words)
            #expect(found.images == Self.count && found.shuffledImages == Self.count && found.words == 5 && found.shuffles == 200)
            #expect(found.units.prefix(3).map { $0.fitting.first?.word } == ["red", "green", "blue"])
            for unit in found.units.prefix(3) { #expect(unit.best.count == 5 && (unit.best.first?.correlation ?? 0) > 0.6) }
            // Grey is as like to all images as the square root of its length: what is not red is not more like it.
            let stripes = found.units[3], constant = found.units[4]
            #expect(stripes.fitting.isEmpty && stripes.best.count == 5 && (stripes.level ?? 0) > (stripes.best.first?.correlation ?? 1))
            #expect(constant.best.isEmpty && constant.level == nil)
            #expect(found.units.compactMap(\.level).allSatisfy { (0.07...0.3).contains($0) })

            #expect(checks.tried == [.init(kind: .word, count: 5), .init(kind: .attribute, count: 4)])
            let red = try #require(checks.units.first { $0.unit == 0 }), striped = try #require(checks.units.first { $0.unit == 3 })
            #expect(red.checks.map(\.label) == ["red", "reddish"])
            let reddish = try #require(red.checks.last)
            // Stripes make a picture's brightest red brighter.
            #expect(reddish.area > 0.9 && reddish.areaInterval[0] > 0.85 && reddish.difference > 0.2 && reddish.differenceInterval[0] > 0.15)
            #expect(striped.checks.last?.label == "stripes: strong" && striped.checks.last?.area == 1)
            #expect(!checks.units.contains { $0.unit == 4 })
            #expect(try FileManager.default.contentsOfDirectory(atPath: run.folder.path + "/state").allSatisfy { !$0.hasPrefix("words") })

            let again = try Self.perform(Self.run(set, images, at: set.path + "/alone", threads: 1))
            #expect(again.words == words && again.checks == checks)
            let plain = try Self.perform(Self.run(set, images, at: set.path + "/plain", hasWords: false))
            #expect(plain.words == nil && plain.checks.tried == [.init(kind: .attribute, count: 4)])
        }
    }

    @Test func `a pass that was stopped goes on from what was kept`() throws {
        try SmallDataSet.with { set in
            let images = try Self.images(set.path), path = set.path + "/own/1140.png", bytes = try Data(contentsOf: URL(fileURLWithPath: path))
            func pass(_ folder: String) throws -> LabelPass {
                let run = try Self.run(set, images, at: set.path + folder), vocabulary = try #require(run.labels?.vocabulary)
                return LabelPass(
                    run: run, encoder: try ImageEncoder(vocabulary, images: images), readable: Array(0..<Self.count), counts: [5], saveEvery: .zero)
            }
            let whole = try pass("/whole").found(progress: SilentProgress())
            // In the third of five blocks.
            try Data("nothing".utf8).write(to: URL(fileURLWithPath: path))
            #expect(throws: Problem.self) { try pass("/stopped").found(progress: SilentProgress()) }
            try bytes.write(to: URL(fileURLWithPath: path))
            // Those before are not looked at again.
            let early = set.path + "/own/1000.png"
            try FileManager.default.moveItem(atPath: early, toPath: early + ".away")
            let rest = try pass("/stopped").found(progress: SilentProgress())
            #expect(rest.table.images == whole.table.images && rest.table.activations == whole.table.activations && rest.table.vectors == whole.table.vectors)
            #expect(rest.sums.covariance == whole.sums.covariance && rest.sums.images == Self.count)
            #expect(rest.sums.directions(of: 0..<5).map { $0 ?? [] } == whole.sums.directions(of: 0..<5).map { $0 ?? [] })
            // What was kept of other units is of no use.
            let other = try pass("/stopped")
            LabelPass.forget(other.run.states)
            #expect(throws: Problem.self) { try other.found(progress: SilentProgress()) }
        }
    }

    @Test func `an encoder of other vectors is refused`() throws {
        try SmallDataSet.with { set in
            let words = WordVectors(words: ["a"], width: 4, values: [1, 0, 0, 0])
            let description = Comparison.Network(architecture: "", displayName: "", checkpoint: .init(fileName: "", bytes: 0, sha256: "", format: ""))
            #expect {
                try LabelStudy.Vocabulary(words, encoder: Self.encoder(set), description: description, preparation: "")
            } throws: { ($0 as? Problem).map { $0.kind == .usage && $0.explanation?.contains("3 numbers") == true } ?? false }
        }
    }
}
