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

struct FlowTests {
    /// Four colours (red, green, blue, and red with twice blue), then sums of them of which it is known who carries what: unit 0 is red and
    /// green, unit 1 twice blue, unit 2 red, unit 3 red turned round. Class 0 is unit 0, class 1 three times unit 1.
    private static func network(_ set: SmallDataSet) -> ImageNetwork {
        var network = set.network, graph = Graph()
        let colours = Convolution(
            weights: Tensor(shape: [4, 3, 1, 1], values: [1, 0, 0, 0, 1, 0, 0, 0, 1, 1, 0, 2]), padding: .symmetric(0))
        let features = graph.add("features", Rectifier(.relu), graph.add("colours", colours, 0))
        let sums = Convolution(
            weights: Tensor(shape: [4, 4, 1, 1], values: [1, 1, 0, 0, 0, 0, 2, 0, 1, 0, 0, 0, -1, 0, 0, 0]), padding: .symmetric(0))
        let second = graph.add("sums", sums, features)
        let mean = graph.add("mean", GlobalAveragePooling(), graph.add("rectified", Rectifier(.relu), second))
        graph.add("logits", Linear(weights: Tensor(shape: [2, 4], values: [1, 0, 0, 0, 0, 3, 0, 0]), bias: [0, 0]), mean)
        network.graph = graph
        (network.logits, network.classCount) = ("logits", 2)
        return network
    }

    /// Without normalisation: colours are in [0, 1].
    private static func images(_ set: SmallDataSet) throws -> RealImages {
        RealImages(
            folder: set.images.folder,
            preprocessing: try Preprocessing(resize: nil, cropHeight: 32, cropWidth: 32, mean: [0, 0, 0], standardDeviation: [1, 1, 1]),
            labels: set.images.labels)
    }

    private static func whole(_ set: SmallDataSet) -> [Int] {
        set.images.folder.items.indices.filter { !set.images.folder.items[$0].relativePath.hasSuffix("09.png") }
    }

    private static func tally(_ pass: FlowPass, keepsImages: Bool = false, threads: Int = 2) throws -> FlowTally {
        nonisolated(unsafe) var tally = FlowTally(units: pass.units, keepsImages: keepsImages)
        try pass.run(from: 0, threads: threads) { tally.add($1, of: pass.targets[$0].references) }
        return tally
    }

    /// The sums of red, green and blue over all pixels of the images.
    private static func colours(_ images: RealImages, _ numbers: [Int]) throws -> [Double] {
        var sums = [0.0, 0, 0]
        for number in numbers {
            for (place, value) in try images.picture(number).pixels.enumerated() { sums[place % 3] += Double(value) / 255 }
        }
        return sums
    }

    @Test func aUnitThatIsTheSumOfTwoShowsTheseTwo() throws {
        try SmallDataSet.with { set in
            let network = Self.network(set), images = try Self.images(set), numbers = Array(Self.whole(set).prefix(5))
            let targets = (0..<4).map { FlowPass.Target(unit: $0, references: numbers.map { Reference(image: $0) }) }
            let pass = try FlowPass(
                from: "rectified", to: ["features"], targets: targets, network: network, images: images, composite: .vital, algorithms: nil)
            let tally = try Self.tally(pass), sums = try Self.colours(images, numbers)
            let source = try #require(tally.source(of: 0, in: 0, name: "features"))
            #expect(source.layer == "features" && source.images == 5)
            #expect(Set(source.units.map(\.index)) == [0, 1])
            for share in source.units { #expect(abs(Double(share.share) - sums[share.index] / (sums[0] + sums[1])) < 1e-4) }
            #expect(source.residual < 1e-4 && abs(source.arrived - 1) < 1e-4)
            #expect(try #require(tally.source(of: 1, in: 0, name: "features")).units.map(\.index) == [2])
            // What is never above zero has no relevance.
            #expect(tally.source(of: 3, in: 0, name: "features") == nil)
        }
    }

    @Test func classesAreCarriedByTheirUnits() throws {
        try SmallDataSet.with { set in
            let network = Self.network(set), images = try Self.images(set), numbers = Array(Self.whole(set).prefix(9))
            let targets = (0..<2).map { FlowPass.Target(unit: $0, references: numbers.map { Reference(image: $0) }) }
            let pass = try FlowPass(
                from: "logits", to: ["features", "rectified"], targets: targets, network: network, images: images, composite: .vital,
                algorithms: nil)
            let tally = try Self.tally(pass, keepsImages: true), sums = try Self.colours(images, numbers)
            #expect(abs(Double(tally.share(of: 0, in: 0, target: 0)) - sums[0] / (sums[0] + sums[1])) < 1e-4)
            #expect(abs(tally.share(of: 0, in: 1, target: 0) - 1) < 1e-4 && tally.share(of: 1, in: 1, target: 0) == 0)
            #expect(abs(tally.share(of: 2, in: 0, target: 1) - 1) < 1e-4)
            // The images in which red matters most to class 0: by the share of red in red and green.
            let reds = try numbers.map { number -> (image: Int, share: Double) in
                let colours = try Self.colours(images, [number])
                return (number, colours[0] / (colours[0] + colours[1]))
            }
            let order = reds.sorted { $0.share > $1.share }
            let found = tally.relevant(0, 0)
            #expect(found.images.map(Int.init) == order.prefix(FlowTally.relevantImages).map(\.image) && found.targets.allSatisfy { $0 == 0 })
            #expect(abs(Double(found.shares[0]) - order[0].share) < 1e-4)
        }
    }

    /// Channel by channel what the trace of relevance says, which is compared with PyTorch and zennit.
    @Test func sharesAreThoseOfTheTrace() throws {
        try SmallDataSet.with { set in
            let number = Self.whole(set)[3]
            let pass = try FlowPass(
                from: "layer3", to: ["layer2"], targets: [.init(unit: 7, references: [Reference(image: number)])], network: set.network,
                images: set.images, composite: .vital, algorithms: nil)
            let tally = try Self.tally(pass)
            var input = [Float](repeating: 0, count: 3 * 32 * 32)
            try input.withUnsafeMutableBufferPointer {
                try set.images.write(Reference(image: number), into: try #require($0.baseAddress))
            }
            let trace = try RelevanceTrace(layers: ["layer2", "layer3"], target: .unit(layer: "layer3", unit: 7), composite: .vital)
                .run(set.network, inputs: Tensor(shape: [1, 3, 32, 32], values: input))
            let relevance = try #require(trace.tensors.first { $0.0 == "relevance/layer2" }).1
            let start = try #require(trace.tensors.first { $0.0 == "relevance/layer3" }).1.values.reduce(0.0) { $0 + Double($1) }
            let area = relevance.shape[2] * relevance.shape[3]
            for unit in 0..<relevance.shape[1] {
                let sum = relevance.values[unit * area..<(unit + 1) * area].reduce(0.0) { $0 + Double($1) }
                #expect(abs(Double(tally.share(of: unit, in: 0, target: 0)) - sum / start) < 1e-4)
            }
        }
    }

    @Test func aStateGoesOnWhereItWas() throws {
        try SmallDataSet.with { set in
            let network = Self.network(set), images = try Self.images(set), numbers = Array(Self.whole(set).prefix(4))
            let targets = (0..<4).map { FlowPass.Target(unit: $0, references: numbers.map { Reference(image: $0) }) }
            let pass = try FlowPass(
                from: "rectified", to: ["features"], targets: targets, network: network, images: images, composite: .vital, algorithms: nil)
            let whole = try Self.tally(pass, keepsImages: true, threads: 1)
            nonisolated(unsafe) var half: FlowTally?
            nonisolated(unsafe) var tally = FlowTally(units: pass.units, keepsImages: true)
            try pass.run(from: 0, threads: 3) {
                tally.add($1, of: pass.targets[$0].references)
                if $0 == 1 { half = tally }
            }
            #expect(tally.state() == whole.state())
            var restored = FlowTally(units: pass.units, keepsImages: true)
            restored.restore(try #require(half).state(), targets: 4)
            #expect(restored.done == 2)
            nonisolated(unsafe) var resumed = restored
            try pass.run(from: restored.done, threads: 2) { resumed.add($1, of: pass.targets[$0].references) }
            #expect(resumed.state() == whole.state())
            var fresh = FlowTally(units: pass.units, keepsImages: true)
            fresh.restore(Array(whole.state().dropLast(9)), targets: 4)
            #expect(fresh.done == 0)
        }
    }
}
