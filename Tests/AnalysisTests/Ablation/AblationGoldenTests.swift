import Dataset
import Diagnostics
import Foundation
import Images
import Network
import Run
import Tensors
import TestSupport
import Testing

@testable import Analysis

/// A CIFAR ResNet-20 beside PyTorch, which switches units off with forward hooks.
struct AblationGoldenTests {
    private struct Golden: Decodable {
        var images: Int
        var classes: Int
        var gain: Double
        var cases: [Case]

        struct Case: Decodable {
            var layer: String
            var units: [Int]
            var replacement: String
            var before: Int
            var after: Int
            var loss: Double
        }
    }

    @Test func `accuracy and cross-entropy are PyTorch's`() throws {
        let golden = try goldenFile("ablation", as: Golden.self)
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("ablation-\(UUID())").path
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let bytes = FormulaTensors.uniform("pictures", count: golden.images * 32 * 32 * 3).map { UInt8($0 * 256) }
        for number in 0..<golden.images {
            let picture = Picture(width: 32, height: 32, pixels: Array(bytes[number * 3072..<(number + 1) * 3072]))
            try Data(PNGEncoder.encode(picture)).write(to: URL(fileURLWithPath: "\(folder)/\(100 + number).png"))
        }
        let network = try Architectures.network(
            FormulaTensors(architecture: "cifar_resnet20", gain: golden.gain), architecture: "cifar_resnet20")
        let images = RealImages(
            folder: try ImageFolder(path: folder), preprocessing: try Preprocessing(network.input),
            labels: (0..<golden.images).map { $0 * 7 % golden.classes })
        for replacement in Ablation.Replacement.allCases {
            let cases = golden.cases.filter { $0.replacement == replacement.rawValue }
            #expect(cases.count == 5)
            var options = AblationStudy.Options()
            options.replacement = replacement
            let found = try AblationStudy(
                network: network, images: images, classNames: (0..<10).map { "class \($0)" }, layers: [],
                sets: cases.map { ("", .units($0.units, of: $0.layer)) }, options: options, threads: 2
            ).run(identity: "", known: { _ in nil }, save: { _ in }, progress: SilentProgress())
            for (expected, set) in zip(cases, found.sets) {
                let change = set.effect.all
                #expect(change.images == golden.images && change.before == expected.before && change.after == expected.after, "\(expected)")
                #expect(abs(Double(change.loss) - expected.loss) < 2e-6 + 1e-4 * abs(expected.loss), "\(expected): \(change.loss)")
            }
        }
    }
}
