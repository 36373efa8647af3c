import Diagnostics
import Foundation
import Run
import Tensors
import Testing

@testable import Analysis

struct ReportProbeTests {
    private static func options(_ schedule: String = "published", steps: Int = 12) -> RunOptions {
        RunOptions(
            layers: ["layer2", "layer3"], units: "layer3:0-2", classes: "all", labels: nil, seed: 3, seeds: 2, steps: steps, references: 4,
            jitter: 2, learningRate: 1, warmup: 2, strongest: 3, winograd: false, schedule: schedule, command: "")
    }

    private static func probe(_ set: SmallDataSet, _ options: RunOptions) throws -> ReportProbe {
        try ReportProbe(
            network: set.network,
            description: NetworkDescription(
                architecture: "cifar_resnet20", displayName: "ResNet-20", checkpoint: .init(fileName: "", bytes: 0, sha256: "0", format: ""),
                parameters: 0, inputShape: [3, 32, 32],
                preprocessing: .init(resize: nil, interpolation: "bilinear", crop: [32, 32], mean: [0, 0, 0], standardDeviation: [1, 1, 1]),
                classCount: 10, layers: []),
            images: set.images, classNames: (0..<10).map(String.init), options: options,
            tool: .init(name: "Vitrine", version: "0", engine: ""), threads: 2
        ) { _, site in
            try FileManager.default.createDirectory(atPath: site, withIntermediateDirectories: true)
            try Data(repeating: 32, count: 1000).write(to: URL(fileURLWithPath: site + "/index.html"))
            return 1
        }
    }

    private static func estimate(_ set: SmallDataSet, _ options: RunOptions) throws -> ReportEstimate {
        try probe(set, options).estimate(progress: SilentProgress())
    }

    @Test func everyPartIsMeasuredAndNothingStays() throws {
        try SmallDataSet.with { set in
            let probe = try Self.probe(set, Self.options())
            #expect(FileManager.default.fileExists(atPath: probe.place))
            let estimate = try probe.estimate(progress: SilentProgress())
            #expect(
                estimate.phases.map(\.name)
                    == [
                        "Looking at images", "Making line-ups", "Comparing units", "Following relevance", "Comparing references", "Keeping real images",
                        "Prototypes of classes", "Prototypes of layer3", "Comparing paths", "Writing the site",
                    ])
            #expect(estimate.phases.map(\.amount).contains("6 pictures of 12 steps"))
            #expect(estimate.phases.allSatisfy { $0.seconds > 0 && $0.peakMemory > 1 << 20 && $0.disk > 0 })
            // Three units, two pictures each, and what the site says of them; the site holds every picture again.
            let pictures = estimate.phases[6].disk + estimate.phases[7].disk
            #expect(pictures > 12 * 1000 && estimate.phases[8].disk > 1000)
            #expect(!FileManager.default.fileExists(atPath: probe.place))
            let decoded = try JSONDecoder().decode(ReportEstimate.self, from: JSONEncoder().encode(estimate))
            #expect(decoded.seconds == estimate.seconds && decoded.peakMemory == estimate.peakMemory && decoded.disk == estimate.disk)
        }
    }

    @Test func whatAKilledEstimateLeftIsRemoved() throws {
        let ended = Process()
        ended.executableURL = URL(fileURLWithPath: "/bin/true")
        try ended.run()
        ended.waitUntilExit()
        let folder = FileManager.default.temporaryDirectory.path + "/vitrine-estimate-"
        let left = folder + "\(ended.processIdentifier)-x", own = folder + "\(getpid())-x"
        for path in [left, own] { try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true) }
        defer { for path in [left, own] { try? FileManager.default.removeItem(atPath: path) } }
        try SmallDataSet.with { set in
            let probe = try Self.probe(set, Self.options())
            defer { try? FileManager.default.removeItem(atPath: probe.place) }
            #expect(!FileManager.default.fileExists(atPath: left) && FileManager.default.fileExists(atPath: own))
        }
    }

    /// Of more units than go at a time, some get line-ups and prototypes, and what they take is multiplied.
    @Test func wholeLayersAreEstimated() throws {
        try SmallDataSet.with { set in
            var options = Self.options()
            options.units = "all"
            let estimate = try Self.estimate(set, options)
            func amount(_ name: String) -> String? { estimate.phases.first { $0.name == name }?.amount }
            #expect(amount("Making line-ups") == "96 units" && amount("Prototypes of layer3") == "128 pictures of 12 steps")
            // Of the units and the three classes that have images.
            #expect(amount("Comparing paths") == "99 prototypes")
        }
    }

    /// Steps that are not done are multiplied, not waited for.
    @Test func moreStepsTakeLongerAndAreNotDone() throws {
        try SmallDataSet.with { set in
            let few = try Self.estimate(set, Self.options(steps: 50)), many = try Self.estimate(set, Self.options(steps: 500_000))
            func prototypes(_ estimate: ReportEstimate) -> Double { estimate.phases[6].seconds + estimate.phases[7].seconds }
            #expect(prototypes(many) > 100 * prototypes(few))
            let half = try Self.estimate(set, Self.options("half-resolution", steps: 500_000))
            #expect(prototypes(half) < prototypes(many) && prototypes(half) > 0)
        }
    }
}
