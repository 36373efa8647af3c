import Testing

@testable import Tensors

struct RandomSourceTests {
    private static func values(_ count: Int, seed: UInt64, stream: String = "") -> [UInt64] {
        var random = RandomSource(seed: seed, stream: stream)
        return (0..<count).map { _ in random.next() }
    }

    @Test func theSameStreamGivesTheSameValues() {
        #expect(Self.values(100, seed: 7, stream: "class/3") == Self.values(100, seed: 7, stream: "class/3"))
    }

    @Test func streamsAreIndependentOfEachOther() {
        let streams = [(7, "class/3"), (7, "class/4"), (7, ""), (8, "class/3"), (7, "class/33")].map {
            Self.values(64, seed: $0.0, stream: $0.1)
        }
        for a in streams.indices {
            for b in streams.indices where b > a { #expect(Set(streams[a]).isDisjoint(with: streams[b])) }
        }
        // One that is drawn from meanwhile changes nothing.
        var first = RandomSource(seed: 7, stream: "a"), second = RandomSource(seed: 7, stream: "b")
        let together = (0..<10).map { _ in (first.next(), second.next()) }
        #expect(together.map(\.0) == Self.values(10, seed: 7, stream: "a"))
    }

    /// A run must give the same pictures with every version: these values never change. `random_source.py` made them.
    @Test func firstValuesAreWhatTheyHaveAlwaysBeen() {
        #expect(Self.values(4, seed: 0) == [0xc7c9810f3d1cf2b7, 0x1bc47e2107165ab2, 0x2563b8b8ca5bdbb5, 0xd38b15572668e0c7])
        #expect(Self.values(4, seed: 7, stream: "prototype/class/3") == [0x334ae74879f6ba8d, 0x40dca58bacbccacd, 0x212d132edad8a421, 0xdb29a2d818a0db22])
        var random = RandomSource(seed: 7, stream: "normal")
        for expected in [-2.71904108, -0.13416078, -0.38502392, -1.61214686] as [Double] {
            #expect(abs(Double(random.normal()) - expected) < 1e-6)
        }
    }

    @Test func uniformValuesFillTheUnitInterval() {
        var random = RandomSource(seed: 1, stream: "uniform")
        var bins = [Int](repeating: 0, count: 20)
        for _ in 0..<100_000 {
            let value = random.uniform()
            #expect(value >= 0 && value < 1)
            bins[Int(value * 20)] += 1
        }
        // Five standard deviations around 5000.
        #expect(bins.allSatisfy { abs($0 - 5000) < 350 })
    }

    @Test func normalValuesHaveNormalMoments() {
        var random = RandomSource(seed: 1, stream: "normal")
        let values = (0..<200_000).map { _ in Double(random.normal()) }
        func moment(_ k: Int) -> Double {
            values.reduce(0) { sum, x in sum + (0..<k).reduce(1.0) { product, _ in product * x } } / Double(values.count)
        }
        #expect(abs(moment(1)) < 0.012)
        #expect(abs(moment(2) - 1) < 0.016)
        #expect(abs(moment(3)) < 0.05)
        #expect(abs(moment(4) - 3) < 0.12)
        // Neighbours, which come from one pair of uniform values, are not correlated.
        let products = zip(values, values.dropFirst()).reduce(0) { $0 + $1.0 * $1.1 } / Double(values.count)
        #expect(abs(products) < 0.012)
        #expect(values.allSatisfy { $0.isFinite })
    }

    @Test func integersReachBothEndsOfTheirRange() {
        var random = RandomSource(seed: 1, stream: "integers")
        let values = (0..<2000).map { _ in random.integer(in: -3...3) }
        #expect(Set(values) == Set(-3...3))
        #expect(random.integer(in: 5...5) == 5)
    }
}
