import Dataset
import Diagnostics
import Foundation
import Images
import Run
import Tensors
import TestSupport
import Testing

@testable import Analysis
@testable import Network

/// Where the heads of small transformers look, beside the weights that PyTorch gives: with a class token, with two learned tokens, in
/// windows that are shifted and filled up.
struct AttentionGoldenTests {
    struct Golden: Decodable {
        var images: Int
        var gain: Double
        var cases: [Case]

        struct Case: Decodable {
            var architecture: String
            var size: Int
            var tokens: [String]
            var configuration: String
            var tensors: [Entry]
            /// By attention, head and image.
            var layers: [[[Look]]]
        }

        struct Entry: Decodable {
            var name: String
            var shape: [Int]
        }

        struct Look: Decodable {
            var distance: Float
            var itself: Float
            var tokens: [Float]
            var entropy: Float
            var share: Float
            var place: [Float]
        }
    }

    @Test func `heads look where PyTorch's look`() throws {
        let golden = try goldenFile("attention", as: Golden.self)
        #expect(golden.cases.map(\.architecture) == ["transformers_vit", "transformers_deit_distilled", "transformers_swin"])
        for own in golden.cases {
            let size = own.size
            try Self.withPictures(golden.images, size: size) { folder in
                let network = try Self.network(own, gain: golden.gain)
                let images = RealImages(
                    folder: folder,
                    preprocessing: try Preprocessing(resize: nil, cropHeight: size, cropWidth: size, mean: [0, 0, 0], standardDeviation: [1, 1, 1]),
                    labels: Array(repeating: nil, count: golden.images))
                let attentions = try network.graph.attentions(input: network.input.shape)
                let sweep = try HeadSweep(attentions, network: network, images: images, algorithms: nil)
                #expect(attentions.count == own.layers.count && sweep.passCount == 1)
                let tallies = try sweep.tallies(of: Array(0..<golden.images), threads: 2) { _ in }
                for (place, layer) in own.layers.enumerated() {
                    let geometry = sweep.geometries[place]
                    #expect(geometry.tokens == own.tokens && geometry.looker?.token == own.tokens.first, "\(own.architecture)")
                    for (index, looks) in layer.enumerated() {
                        let head = tallies[place][index].head(index, geometry, pictures: Array(repeating: "", count: golden.images))
                        func isNear(_ value: Float?, _ expected: (Golden.Look) -> Float, _ what: String) {
                            let mean = looks.map(expected).reduce(0, +) / Float(looks.count)
                            let found = value ?? .nan, isNear = abs(found - mean) <= 1e-5 + 2e-4 * abs(mean)
                            #expect(isNear, "\(own.architecture) \(attentions[place].name) head \(index): \(what) \(found), \(mean) expected")
                        }
                        isNear(head.distance, \.distance, "distance")
                        isNear(head.itself, \.itself, "itself")
                        isNear(head.entropy, \.entropy, "entropy")
                        for token in own.tokens.indices { isNear(head.tokens[token], { $0.tokens[token] }, "to \(own.tokens[token])") }
                        let strongest = looks.enumerated().sorted { $0.element.share > $1.element.share }
                        #expect(head.strongest.map(\.image) == strongest.map(\.offset), "\(own.architecture) \(place) \(index)")
                        for (found, expected) in zip(head.strongest, strongest.map(\.element)) {
                            #expect(abs(found.share - expected.share) < 1e-5 + 2e-4 * expected.share)
                            #expect(zip(found.place, expected.place).allSatisfy { abs($0 - $1) < 0.01 }, "\(found.place) \(expected.place)")
                        }
                    }
                }
            }
        }
    }

    static func network(_ own: Golden.Case, gain: Double) throws -> ImageNetwork {
        var tensors = FormulaTensors(own.tensors.map { ($0.name, Shape($0.shape)) }, gain: gain)
        tensors.configuration = NetworkConfiguration(path: "config.json", json: Data(own.configuration.utf8))
        return try Architectures.network(tensors, architecture: own.architecture)
    }

    /// A folder of pictures by formula, gone after `body`.
    static func withPictures(_ count: Int, size: Int, _ body: (ImageFolder) throws -> Void) throws {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("attention-\(UUID())").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        let bytes = FormulaTensors.uniform("pictures", count: count * size * size * 3).map { UInt8($0 * 256) }
        for number in 0..<count {
            let picture = Picture(width: size, height: size, pixels: Array(bytes[number * size * size * 3..<(number + 1) * size * size * 3]))
            try Data(PNGEncoder.encode(picture)).write(to: URL(fileURLWithPath: "\(path)/\(100 + number).png"))
        }
        try body(try ImageFolder(path: path))
    }
}
