import Dataset
import Diagnostics
import Images
import Network
import TestSupport
import Testing

@testable import Analysis

@Suite struct GreyPrototypeTests {
    private static func isGrey(_ picture: Picture) -> Bool {
        picture.grey() == picture
    }

    @Test("prototypes of a grey network are grey", arguments: ["", "value-range=0,255 mean=0 std=1"])
    func grey(told: String) throws {
        let tensors = try FormulaTensors(architecture: "cifar_resnet20", changes: ["conv1.weight": [16, 1, 3, 3]])
        let network = try Architectures.network(tensors, architecture: nil).told([.init(.told, text: told, name: "text")])
        try SmallDataSet.with { set in
            let images = RealImages(
                folder: set.images.folder, preprocessing: try Preprocessing(network.input), labels: set.images.labels)
            #expect(Self.isGrey(try images.picture(0)))
            let sweep = try Sweep(network: network, images: images, layers: ["layer1"], capacity: 4, threads: 1)
            try sweep.run(progress: SilentProgress())
            let task = PrototypeTask(
                target: .unit(layer: "layer1", unit: 2), layers: [.init(name: "conv1", weight: 1), .init(name: "layer1", weight: 1)],
                choice: ReferenceChoice(from: sweep.accumulators[0].strongest(of: 2), count: 3, sentence: ""))
            let studio = PrototypeStudio(
                network: network, images: images, schedule: OptimisationSchedule(steps: 40, learningRate: 0.1, warmup: 2, jitter: 1), seed: 1,
                seeds: 1, threads: 1)
            let found = Found()
            try studio.run([task]) { _ in } deliver: { found.results.append($0) }
            let result = try #require(found.results.first)
            #expect(Self.isGrey(result.pictures[0]))
            let first = try #require(result.curve.first).loss, last = try #require(result.curve.last).loss
            #expect(last < 0.8 * first, "\(first) \(last)")
        }
    }

    private final class Found: @unchecked Sendable { var results: [PrototypeStudio.Result] = [] }

    @Test func opacityIsTheMeanOverAsManyChannelsAsThereAre() {
        let picture = Picture(width: 2, height: 1, colour: RGB(9, 9, 9))
        #expect(MaskedPicture.make(picture, influence: [0, 1]).opacity == [0, 255])
        #expect(MaskedPicture.make(picture, influence: [0, 3, 0, 0, 0, 0]).opacity == [0, 255])
    }
}
