import Dataset
import Diagnostics
import Foundation
import Images
import Network
import Run
import Tensors
import Testing

@testable import Analysis

/// A network whose facets are known: one unit is the sum of two detectors, of red and of green, the others are one detector each.
struct FacetStageTests {
    private static func network(_ set: SmallDataSet) -> ImageNetwork {
        var network = set.network, graph = Graph()
        func mixing(_ rows: [[Float]]) -> Convolution {
            Convolution(weights: Tensor(shape: [rows.count, 3, 1, 1], values: rows.flatMap { $0 }), padding: .symmetric(0))
        }
        let detectors = graph.add("detectors", Rectifier(.relu), graph.add("colours", mixing([[1, 0, 0], [0, 1, 0], [0, 0, 1]]), 0))
        let units = graph.add("units", Rectifier(.relu), graph.add("sums", mixing([[1, 1, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]]), detectors))
        graph.add("logits", Linear(weights: Tensor(shape: [2, 4], values: [1, 0, 1, 0, 0, 1, 0, 1]), bias: [0, 0]), graph.add("mean", GlobalAveragePooling(), units))
        network.graph = graph
        (network.logits, network.classCount, network.reported, network.landmarks) = ("logits", 2, ["units"], ["detectors", "units", "logits"])
        network.matched = [("detectors", 1)]
        // A detector is silent below half.
        (network.input.mean, network.input.standardDeviation) = ([0.5, 0.5, 0.5], [1, 1, 1])
        return network
    }

    /// Eighty pictures of each colour: a bright square on a ground that no detector sees.
    private static func images(_ path: String, _ network: ImageNetwork) throws -> RealImages {
        var random = RandomSource(seed: 9, stream: "squares")
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        for number in 0..<240 {
            let colour = number % 3, bright = random.integer(in: 190...250), top = random.integer(in: 2...14), left = random.integer(in: 2...14)
            let pixels = (0..<32 * 32 * 3).map { place -> UInt8 in
                let (y, x) = (place / 96, place / 3 % 32), isInside = (top..<top + 14).contains(y) && (left..<left + 14).contains(x)
                return UInt8(place % 3 == colour && isInside ? bright + random.integer(in: -5...5) : random.integer(in: 60...125))
            }
            try Data(PNGEncoder.encode(Picture(width: 32, height: 32, pixels: pixels))).write(to: URL(fileURLWithPath: "\(path)/\(100 + number).png"))
        }
        let folder = try ImageFolder(path: path)
        return RealImages(folder: folder, preprocessing: try Preprocessing(network.input), labels: folder.items.map { _ in nil })
    }

    private static func run(_ set: SmallDataSet, at path: String, facets: Bool?) throws -> ReportRun {
        let network = network(set)
        var options = RunOptions(command: "")
        (options.layers, options.units, options.classes) = (["units"], "all", "none")
        (options.seed, options.steps, options.references, options.strongest) = (1, 60, 30, 3)
        (options.learningRate, options.warmup, options.winograd, options.facets) = (1, 10, false, facets)
        return try ReportRun(
            network: network,
            description: NetworkDescription(
                architecture: "own", displayName: "own", checkpoint: .init(fileName: "", bytes: 0, sha256: "0", format: ""), parameters: 0,
                inputShape: [3, 32, 32],
                preprocessing: .init(resize: nil, interpolation: "bilinear", crop: [32, 32], mean: [0.5, 0.5, 0.5], standardDeviation: [1, 1, 1]),
                classCount: 2, layers: []),
            images: images(path + "-images", network), classNames: ["0", "1"], options: options, title: "",
            tool: .init(name: "Vitrine", version: "0", engine: ""), warnings: [], threads: 2, folder: .create(at: path))
    }

    @Test func `the sum of two detectors needs two facets, a detector one`() throws {
        try SmallDataSet.with { set in
            let run = try Self.run(set, at: set.path + "/run", facets: true)
            try run.run(progress: SilentProgress())
            let found = try #require(try run.folder.read(LayerFacets.self, from: .facets(layer: "units")))
            #expect(found.units.map(\.unit) == [0, 1, 2, 3] && found.units.map(\.facets.count) == [2, 0, 0, 0])
            let sum = found.units[0], test = try #require(sum.test)
            // Nearly all differs along one axis, and a normal distribution along one axis falls into halves of 0.6 or so.
            #expect(test.clusters == 2 && test.silhouette > 0.8 && test.nullLargest < test.silhouette - 0.1 && test.explained > 0.8, "\(test)")
            // Each facet has the pictures of one colour: their numbers tell it.
            let colours = sum.facets.map { Set($0.references.map { $0.image % 3 }) }
            #expect(Set(colours) == [[0], [1]] && sum.facets.reduce(0) { $0 + $1.references.count } == sum.references, "\(sum.facets.map(\.references.count))")

            let likeness = try #require(try run.folder.read(FacetLikeness.self, from: .facetLikeness(layer: "units")))
            #expect(likeness.units.map(\.unit) == [0])
            let unit = likeness.units[0]
            for facet in 0..<2 {
                #expect(unit.facets[facet][facet] > unit.facets[facet][1 - facet] + 0.5, "\(unit)")
                #expect(unit.references[facet][facet] > 0.8 && unit.references[facet][1 - facet] < 0.5)
                let target = Prototype.Target.facet(layer: "units", unit: 0, index: facet)
                let prototype = try #require(try run.folder.read(Prototype.self, from: .prototype(target)))
                #expect(prototype.target == target && prototype.trust.activation > 0 && prototype.otherSeeds.isEmpty)
                #expect(prototype.references == sum.facets[facet].references)
            }
            // Done again nothing changes; another run's bytes are the same, and without the option there are no facets.
            let paths: [RunPath] = [.facets(layer: "units"), .facetLikeness(layer: "units"), .prototypePicture(.facet(layer: "units", unit: 0, index: 1))]
            let bytes = try paths.map { try run.folder.readBytes($0) }
            try run.run(progress: SilentProgress())
            #expect(try paths.map { try run.folder.readBytes($0) } == bytes)
            let plain = try Self.run(set, at: set.path + "/plain", facets: nil)
            try plain.run(progress: SilentProgress())
            #expect(paths.allSatisfy { !plain.folder.exists($0) })
            // Asked of a finished run, they are added.
            let later = try Self.run(set, at: set.path + "/plain", facets: true)
            try later.run(progress: SilentProgress())
            #expect(try paths.map { try later.folder.readBytes($0) } == bytes)
        }
    }
}
