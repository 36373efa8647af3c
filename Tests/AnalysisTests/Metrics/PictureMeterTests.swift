import Diagnostics
import Images
import Network
import Testing

@testable import Analysis

struct PictureMeterTests {
    @Test func featuresAreWhatFeedsTheLogits() throws {
        for (architecture, features) in [
            ("cifar_resnet20", 64), ("vgg11", 4096), ("squeezenet1_1", 512), ("densenet121", 1024), ("vit_b_16", 768), ("mobilenet_v3_small", 1024),
        ] {
            let network = try Architectures.random(architecture, seed: 1)
            let graph = network.graph
            let layer = try graph.node(named: graph.penultimateLayer(logits: network.logits))
            #expect(try graph.mapShapes(input: network.input.shape)[layer][0] == features, "\(architecture)")
        }
    }

    private final class Readings: @unchecked Sendable {
        var all: [PictureMeter.Reading?] = []
    }

    /// Of the logits layer: `W f + b` of the features read must be the logits read.
    @Test func logitsFollowFromFeatures() throws {
        try SmallDataSet.with { set in
            let meter = try PictureMeter(set.network, threads: 2)
            let readings = Readings(), images = set.images
            try meter.read(images.count) { try images.picture($0) } deliver: { _, reading in readings.all.append(reading) }
            #expect(readings.all.count == 13)
            // One file is broken.
            #expect(readings.all.filter { $0 == nil }.count == 1)
            let graph = set.network.graph
            let linear = try #require(graph.nodes[try graph.node(named: set.network.logits)].operation as? Linear)
            for reading in readings.all.compactMap({ $0 }) {
                #expect(reading.features.count == 64)
                for (index, logit) in reading.logits.enumerated() {
                    let sum = reading.features.enumerated().reduce(linear.bias[index]) {
                        $0 + linear.weights.values[index * 64 + $1.offset] * $1.element
                    }
                    #expect(abs(sum - logit) < 1e-4 * max(1, abs(logit)))
                }
                #expect(reading.logits[reading.predicted] == reading.logits.max())
            }
        }
    }

    @Test func theCeilingLeavesHalfOfEachClass() {
        let labels: [Int?] = [0, 0, 0, 0, 0, 1, 2, 3, nil, 4]
        let ceiling = RealCeiling(classes: [0, 1, 2, 3], labels: labels, seeds: 3, seed: 5)
        #expect(ceiling.images == [0, 1, 2, 3, 4, 5, 6, 7])
        #expect(ceiling.drawn.intersection(0..<5).count == 2)
        // Of classes with one image every other one.
        #expect(ceiling.drawn.intersection(5..<8) == [5, 7])
        #expect(ceiling.draws(from: 0) && ceiling.draws(from: 1) && !ceiling.draws(from: 2))
    }

    @Test func theMedianIsInTheMiddle() {
        #expect(MethodTally.median([]) == nil && MethodTally.median([1, 2, 9]) == 2 && MethodTally.median([1, 2, 4, 9]) == 3)
    }
}
