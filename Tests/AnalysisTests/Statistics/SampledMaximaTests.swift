import Diagnostics
import Foundation
import Network
import Run
import Tensors
import Testing

@testable import Analysis

struct SampledMaximaTests {
    @Test(arguments: [(0, 5), (1, 1), (7, 3), (1000, 64), (1001, 5), (5000, 112), (12_345, 4000), (300, 100_000)])
    func aSampleIsSpreadEvenlyOverTheListing(images: Int, units: Int) {
        let sample = ImageSample(of: images, units: units)
        let chosen = (0..<images).filter(sample.contains)
        #expect(chosen.count == sample.count && sample.count <= images)
        #expect(chosen == (0..<sample.count).map { $0 * images / sample.count })
        #expect(sample.count == images || sample.count * max(1, units) * 8 <= 16 << 20 || sample.count == 256)
    }

    /// Images of one position each, with one unit.
    private static func sample(_ values: [Float]) -> SampledMaxima {
        var sample = SampledMaxima(units: 1)
        for (image, value) in values.enumerated() {
            var map = [Float](repeating: 0, count: 16)
            map[0] = value
            sample.add(LayerSummary(map, images: 1, shape: [1, 1, 1]), index: 0, image: 10 * image)
        }
        return sample
    }

    @Test func quantilesRunFromJustAboveZeroToTheTop() {
        // 0 to 40, shuffled, and ten more zeros.
        let values = (0..<51).map { Float(($0 * 20) % 51) }.map { $0 > 40 ? 0 : $0 }
        let sample = Self.sample(values)
        let found = sample.quantiles(of: 0, count: 9)
        #expect(found.map(\.activation) == [1, 6, 11, 16, 21, 25, 30, 35, 40])
        for entry in found {
            #expect(values[entry.image / 10] == entry.activation)
            #expect(entry.share == Float(values.count { $0 < entry.activation }) / 51)
        }
    }

    @Test func equalImagesAreSharedOutByNumber() {
        let found = Self.sample([2, 0, 2, 1, 2, 0]).quantiles(of: 0, count: 9)
        #expect(found.map(\.image) == [30, 0, 20, 40] && found.map(\.activation) == [1, 2, 2, 2])
        // Of equals none is weaker than another.
        let shares: [Float] = [1 / 3, 0.5, 0.5, 0.5]
        #expect(found.map(\.share) == shares)
        #expect(Self.sample([0, 0, 0]).quantiles(of: 0, count: 9).isEmpty)
        #expect(Self.sample([-3, -1, -2]).quantiles(of: 0, count: 2).map(\.activation) == [-3, -1])
        #expect(Self.sample([0, 5]).quantiles(of: 0, count: 9).map(\.image) == [10])
    }

    /// Out of a pass over real pictures: what a pass that keeps everything would have chosen.
    @Test func aPassKeepsWhatEveryUnitDid() throws {
        try SmallDataSet.with { set in
            let sweep = try Sweep(network: set.network, images: set.images, layers: ["layer2"], capacity: 13, threads: 2)
            try sweep.run(progress: SilentProgress())
            #expect(sweep.samples.count == 1 && sweep.samples[0].count == 12)
            let units = sweep.accumulators[0].statistics(exemplars: 13, input: [3, 32, 32]).units
            for unit in units {
                let all = sweep.samples[0].quantiles(of: unit.unit, count: 13)
                #expect(Set(all.map(\.image)) == Set(unit.strongest.filter { $0.activation != 0 }.map(\.image)))
                for entry in all {
                    let exemplar = try #require(unit.strongest.first { $0.image == entry.image })
                    #expect(exemplar.activation == entry.activation)
                    #expect(sweep.accumulators[0].exemplar(
                        image: entry.image, activation: entry.activation, position: entry.position, input: [3, 32, 32]) == exemplar)
                }
            }
        }
    }
}
