import Dataset
import Diagnostics
import Foundation
import Images
import Network
import Relevance
import Run
import Tensors
import Testing

@testable import Analysis

struct ImageExplainerTests {
    /// Red, green and blue, each by itself, and one unit that is dead; class 0 is red and half of green, class 1 blue.
    private static func network(_ set: SmallDataSet) -> ImageNetwork {
        var network = set.network, graph = Graph()
        let colours = Convolution(
            weights: Tensor(shape: [4, 3, 1, 1], values: [1, 0, 0, 0, 1, 0, 0, 0, 1, -1, -1, -1]), padding: .symmetric(0))
        let features = graph.add("features", Rectifier(.relu), graph.add("colours", colours, 0))
        let mean = graph.add("mean", GlobalAveragePooling(), features)
        graph.add("logits", Linear(weights: Tensor(shape: [2, 4], values: [1, 0.5, 0, 0, 0, 0, 1, 0]), bias: [0, 0]), mean)
        network.graph = graph
        (network.logits, network.classCount) = ("logits", 2)
        network.matched = [("features", 1)]
        return network
    }

    /// Without normalisation: colours are in [0, 1].
    private static func images(_ folder: ImageFolder) throws -> RealImages {
        RealImages(
            folder: folder, preprocessing: try Preprocessing(resize: nil, cropHeight: 32, cropWidth: 32, mean: [0, 0, 0], standardDeviation: [1, 1, 1]),
            labels: folder.items.map(\.folder))
    }

    private struct Outcome: Sendable {
        var pictures: [ExplainedPicture?]
        var statistics: LayerStatistics
    }

    private static func explain(
        _ sources: [PictureSource], _ network: ImageNetwork, _ images: RealImages, composite: Composite = .vital, threads: Int = 2
    ) throws -> Outcome {
        let sweep = try Sweep(network: network, images: images, layers: ["features"], capacity: 12, threads: 1)
        try sweep.run(progress: SilentProgress())
        let statistics = sweep.accumulators[0].statistics(exemplars: 4, input: network.input.shape)
        let explainer = try ImageExplainer(network: network, statistics: [statistics], composite: composite, extent: .init(units: 3, classes: 5))
        nonisolated(unsafe) var found: [ExplainedPicture?] = []
        try explainer.explain(sources, threads: threads, progress: SilentProgress()) { number, picture, problem in
            #expect(number == found.count && (picture == nil) == (problem != nil))
            found.append(picture)
        }
        return Outcome(pictures: found, statistics: statistics)
    }

    @Test func `a picture of known colours is explained by the units of these colours`() throws {
        try SmallDataSet.with { set in
            let network = Self.network(set), images = try Self.images(set.images.folder)
            // Red with a green spot at row 5, column 9, nothing blue.
            var picture = Picture(width: 32, height: 32, colour: RGB(153, 0, 0))
            picture.pixels[3 * (5 * 32 + 9) + 1] = 255
            let file = set.path + "/own.png"
            try Data(PNGEncoder.encode(picture)).write(to: URL(fileURLWithPath: file))
            let own = try Self.images(ImageFolder(path: file))
            let found = try Self.explain([.init(path: "own.png", images: own, number: 0)], network, images), statistics = found.statistics
            let explained = try #require(found.pictures[0]), explanation = explained.explanation
            #expect(try explanation.path == "own.png" && explanation.sha256 == FileHash.sha256(PNGEncoder.encode(picture)))

            let red = 0.6, green = 1.0 / 1024, logit = red + green / 2
            #expect(explanation.predictions.map(\.index) == [0, 1])
            #expect(abs(Double(explanation.predictions[0].logit) - logit) < 1e-5 && explanation.predictions[1].logit == 0)
            #expect(abs(Double(explanation.predictions[0].probability) - 1 / (1 + exp(-logit))) < 1e-5)

            let layer = explanation.layers[0]
            #expect(layer.layer == "features" && layer.images == 12)
            #expect(abs(try #require(layer.arrived) - 1) < 1e-4)
            // No image of the set has a green as bright; blue and the dead unit are at zero.
            #expect(layer.excited.map(\.unit).contains(1) && layer.excited.allSatisfy { $0.unit < 2 })
            let spot = try #require(layer.excited.first { $0.unit == 1 })
            #expect(spot.activation == 1 && spot.position == [5, 9] && spot.window == [5, 9, 6, 10])
            #expect(spot.percentile == 100 && spot.multipleOfLargest == 1 / statistics.units[1].maximum)
            #expect(layer.relevant.map(\.unit) == [0, 1])
            #expect(abs(Double(try #require(layer.relevant[0].share)) - red / logit) < 1e-4)
            #expect(abs(Double(try #require(layer.relevant[1].share)) - green / 2 / logit) < 1e-4)
            #expect(layer.relevant[1].position == [5, 9])
            // Of the red unit it is known how many images are below it.
            let maxima = images.folder.items.indices.compactMap { number in
                (try? images.picture(number))?.pixels.enumerated().filter { $0.offset % 3 == 0 }.map { Float($0.element) / 255 }.max()
            }
            let below = Float(maxima.count { $0 < 0.6 }) / 12, percentile = try #require(layer.relevant[0].percentile)
            #expect(abs(percentile / 100 - below) <= 1.0 / 12)

            let relevance = try #require(explanation.relevance)
            #expect(relevance.classIndex == 0 && relevance.layer == "features" && relevance.residual < 1e-4)
            #expect(explained.format == "png" && explained.relevance != nil)
            #expect(Set(explained.maps.keys) == Set((layer.excited + layer.relevant).compactMap(\.map)))
        }
    }

    @Test func `a picture that cannot be read is told, and the others are the same`() throws {
        try SmallDataSet.with { set in
            let network = Self.network(set), images = try Self.images(set.images.folder)
            var sources: [PictureSource] = [], broken: [Int] = []
            for (number, item) in images.folder.items.enumerated() {
                sources.append(PictureSource(path: item.relativePath, images: images, number: number))
                if item.relativePath.hasSuffix("09.png") { broken.append(number) }
            }
            let found = try Self.explain(sources, network, images).pictures, again = try Self.explain(sources, network, images, threads: 1).pictures
            #expect(found.count == 13 && again.count == 13)
            for (number, picture) in found.enumerated() {
                #expect((picture == nil) == broken.contains(number))
                #expect(picture?.explanation == again[number]?.explanation)
                #expect(picture?.maps == again[number]?.maps && picture?.relevance == again[number]?.relevance)
            }
        }
    }

    @Test func `without classes, or with rules that are gradients, there is no relevance`() throws {
        try SmallDataSet.with { set in
            let images = try Self.images(set.images.folder), source = PictureSource(path: "0", images: images, number: 0)
            var network = Self.network(set)
            let gradients = try #require(Composite.all.first { !$0.isRelevance })
            let plain = try #require(try Self.explain([source], network, images, composite: gradients).pictures[0])
            #expect(plain.explanation.predictions.count == 2 && plain.explanation.relevance == nil && plain.relevance == nil)
            #expect(plain.explanation.layers[0].relevant.isEmpty && plain.explanation.layers[0].arrived == nil)
            network.classCount = 0
            let blind = try #require(try Self.explain([source], network, images).pictures[0])
            #expect(blind.explanation.predictions.isEmpty && blind.explanation.relevance == nil && !blind.explanation.layers[0].excited.isEmpty)
        }
    }

    @Test func `a run of another network is refused`() throws {
        try SmallDataSet.with { set in
            let network = Self.network(set)
            let other = LayerStatistics(layer: "features", shape: [3, 32, 32], images: 1, units: [])
            #expect(throws: Problem.self) {
                try ImageExplainer(network: network, statistics: [other], composite: .vital, extent: .init())
            }
        }
    }
}
