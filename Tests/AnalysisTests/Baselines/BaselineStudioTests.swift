import Diagnostics
import Images
import Network
import Run
import Synchronization
import Tensors
import Testing

@testable import Analysis

struct BaselineStudioTests {
    private static func make(
        _ method: Baseline, _ targets: [Prototype.Target], _ set: SmallDataSet, threads: Int = 1, steps: Int = 5
    ) throws -> (order: [Prototype.Target], pictures: [Prototype.Target: Picture], passes: Int) {
        let found = Mutex<[(Prototype.Target, Picture)]>([]), passes = Mutex(0)
        var studio = BaselineStudio(network: set.network, images: set.images, method: method, steps: steps, seed: 3, threads: threads)
        studio.maco.crops = 2
        if method == .deepInversion {
            studio.deepInversion = .cifar
            studio.deepInversion?.batch = 12
        }
        try studio.run(targets) { count in passes.withLock { $0 += count } } deliver: { target, picture in
            found.withLock { $0.append((target, picture)) }
        }
        let results = found.withLock { $0 }
        return (results.map(\.0), Dictionary(results) { $1 }, passes.withLock { $0 })
    }

    private static let targets: [Prototype.Target] =
        (0..<7).map { .classOutput(index: $0) } + (0..<3).map { .unit(layer: "layer1", unit: 2 * $0) }

    @Test(arguments: [Baseline.fourier, .maco]) func aPictureDoesNotDependOnItsCompany(method: Baseline) throws {
        try SmallDataSet.with { set in
            let together = try Self.make(method, Self.targets, set)
            #expect(together.order == Self.targets && together.passes == 5 * Self.targets.count)
            #expect(Set(together.pictures.values.map(\.pixels)).count == Self.targets.count)
            let reversed = try Self.make(method, Self.targets.reversed(), set, threads: 2)
            for target in Self.targets {
                #expect(reversed.pictures[target] == together.pictures[target], "\(target)")
            }
            for target in [Self.targets[4], Self.targets[9]] {
                #expect(try Self.make(method, [target], set).pictures[target] == together.pictures[target], "\(target)")
            }
        }
    }

    @Test func picturesOfDeepInversionDependOnTheListAlone() throws {
        try SmallDataSet.with { set in
            let one = try Self.make(.deepInversion, Self.targets, set), other = try Self.make(.deepInversion, Self.targets, set, threads: 3)
            #expect(one.order == Self.targets && one.passes == 5 * Self.targets.count && one.pictures == other.pictures)
            #expect(Set(one.pictures.values.map(\.pixels)).count == Self.targets.count)
            let fewer = try Self.make(.deepInversion, Array(Self.targets.prefix(3)), set)
            #expect(fewer.order == Array(Self.targets.prefix(3)))
            #expect(fewer.pictures[Self.targets[0]] != one.pictures[Self.targets[0]])
        }
    }

    /// What a method works for grows.
    @Test(arguments: Baseline.allCases) func theTargetIsMoreExcitedThanAtTheBeginning(method: Baseline) throws {
        try SmallDataSet.with { set in
            let goldens = try goldenFile("baselines", as: BaselineGoldens.self)
            let targets = (0..<5).map { Prototype.Target.classOutput(index: $0) }
            func logits(steps: Int) throws -> [Float] {
                let studio = try goldens.studio(set, method, steps: steps), network = studio.network
                let workspace = try Workspace(Plan(network.graph, .init(batch: 1, input: network.input.shape, activations: ["logits"])))
                let found = Mutex<[Picture]>([])
                try studio.run(targets) { _, picture in found.withLock { $0.append(picture) } }
                return try found.withLock { $0 }.enumerated().map { index, picture in
                    studio.images.preprocessing.tensorValues(of: picture, into: workspace.input)
                    try workspace.forward()
                    let values = try workspace.activationTensor(of: "logits").values
                    // How far above the others: DeepInversion works for that.
                    return method == .deepInversion ? values[index] - values.reduce(0, +) / 5 : values[index]
                }
            }
            let (before, after) = (try logits(steps: 0), try logits(steps: 60))
            #expect(zip(before, after).filter { $0 < $1 }.count >= 4, "\(before) \(after)")
            #expect(after.reduce(0, +) > before.reduce(0, +))
        }
    }

    @Test func theSpectrumIsThatOfTheImages() throws {
        try SmallDataSet.with { set in
            let transform = RealFourierTransform(height: 32, width: 32)
            let whole = try MagnitudeSpectrum.mean(of: set.images, count: 100, transform: transform, threads: 2)
            #expect(whole == (try MagnitudeSpectrum.mean(of: set.images, count: 13, transform: transform, threads: 1)))
            #expect(whole.count == 3 * 32 * 17 && whole.allSatisfy { $0 >= 0 && $0.isFinite })
            // At frequency zero stands the absolute sum over the picture: of one picture, that of its uncorrelated colours.
            let one = try MagnitudeSpectrum.mean(of: set.images, count: 1, transform: transform, threads: 1)
            let picture = try set.images.picture(0)
            for colour in 0..<3 {
                var sum = 0.0
                for (place, value) in picture.pixels.enumerated() {
                    sum += Double(DecorrelatedColours.inverse[colour][place % 3]) * (Double(value) / 255 - 0.5)
                }
                #expect(abs(Double(one[colour * 32 * 17]) - abs(sum)) < 1e-3 * max(1, abs(sum)))
            }
        }
    }

    @Test func coloursGoThereAndBack() {
        let product = DecorrelatedColours.matrix.map { row in
            (0..<3).map { column in (0..<3).reduce(Float(0)) { $0 + row[$1] * DecorrelatedColours.inverse[$1][column] } }
        }
        for (i, row) in product.enumerated() {
            for (j, value) in row.enumerated() { #expect(abs(value - (i == j ? 1 : 0)) < 1e-5) }
        }
        // The numbers of Xplique, which has the transpose.
        #expect(abs(DecorrelatedColours.matrix[0][0] - 0.56282854) < 1e-6 && abs(DecorrelatedColours.matrix[1][2] + 0.10823626) < 1e-6)
    }

    @Test func whatCannotBeIsSaid() throws {
        try SmallDataSet.with { set in
            let goldens = try goldenFile("baselines", as: BaselineGoldens.self)
            let withoutStatistics = try goldens.studio(set, .deepInversion, normalised: false)
            let problem = #expect(throws: Problem.self) { try withoutStatistics.run([.classOutput(index: 0)]) { _, _ in } }
            #expect(problem?.explanation?.contains("batch normalisation") == true)
            for target in [Prototype.Target.classOutput(index: 10), .classOutput(index: -1), .unit(layer: "layer1", unit: 16), .unit(layer: "no", unit: 0)] {
                #expect(throws: Problem.self) { try Self.make(.fourier, [target], set) }
            }
            for method in Baseline.allCases { #expect(try Self.make(method, [], set).order.isEmpty) }
        }
    }
}
