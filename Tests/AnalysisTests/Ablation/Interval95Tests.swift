import Testing

@testable import Analysis

struct Interval95Tests {
    /// As SciPy 1.17 has them (`binomtest(...).proportion_ci(method="wilson")`).
    @Test(arguments: [
        (8.0, 10, 0.490_162_471_536_641_8, 0.943_317_848_545_624_8), (0, 10, 0, 0.277_532_799_862_889_26),
        (50, 100, 0.403_831_530_365_995_6, 0.596_168_469_634_004_4),
    ])
    func sharesHaveWilsonsInterval(successes: Double, count: Int, lower: Double, upper: Double) {
        let found = Interval95.ofShare(successes, of: count)
        #expect(abs(found.lower - lower) < 1e-9 && abs(found.upper - upper) < 1e-9)
    }

    /// Wilson's two intervals squared and added by hand where the two go together by chance alone; otherwise what must hold.
    @Test func changesOnTheSameThingsHaveNewcombesInterval() {
        // ad = bc: phi is 0.
        let independent = Interval95.ofChange(before: 50, lost: 25, gained: 25, of: 100), one = Interval95.ofShare(50, of: 100)
        let half = (2 * (one.upper - 0.5) * (one.upper - 0.5)).squareRoot()
        #expect(abs(independent.lower + half) < 1e-12 && abs(independent.upper - half) < 1e-12)
        // The same images right before and after: narrower than if they had been others.
        let paired = Interval95.ofChange(before: 50, lost: 2, gained: 2, of: 100)
        #expect(paired.upper - paired.lower < 0.6 * (independent.upper - independent.lower))
        // Turned round it is the same with the other sign.
        let worse = Interval95.ofChange(before: 80, lost: 30, gained: 5, of: 100), better = Interval95.ofChange(before: 55, lost: 5, gained: 30, of: 100)
        #expect(abs(worse.lower + better.upper) < 1e-12 && abs(worse.upper + better.lower) < 1e-12)
        #expect(worse.lower < -0.25 && worse.upper > -0.25 && worse.upper < 0)
        let none = Interval95.ofChange(before: 10, lost: 0, gained: 0, of: 10)
        #expect(none.lower <= 0 && none.upper >= 0)
    }

    /// 95 of a hundred intervals should hold the truth; a little more or less is their approximation.
    @Test func theyHoldTheTruthAsOftenAsTheySay() {
        // Of 40 things, right before: with 0.7; of these lost with 0.3, of the others gained with 0.2: -0.21 + 0.06.
        var state: UInt64 = 7, held = 0
        func uniform() -> Double {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Double(state >> 33) / Double(UInt32.max >> 1)
        }
        for _ in 0..<4000 {
            var (before, lost, gained) = (0, 0, 0)
            for _ in 0..<40 {
                if uniform() < 0.7 {
                    before += 1
                    if uniform() < 0.3 { lost += 1 }
                } else if uniform() < 0.2 {
                    gained += 1
                }
            }
            let interval = Interval95.ofChange(before: before, lost: lost, gained: gained, of: 40)
            if interval.lower <= -0.15, interval.upper >= -0.15 { held += 1 }
        }
        #expect((0.93...0.98).contains(Double(held) / 4000))
    }

    @Test func meansOfASingleValueHaveNone() {
        #expect(Interval95.ofMean(sum: 3, squares: 9, count: 1) == nil)
        let found = Interval95.ofMean(sum: 6, squares: 20, count: 2)
        // Values 2 and 4: deviation of the mean 1.
        #expect(abs((found?.lower ?? 0) - (3 - 1.959_963_984_540_054)) < 1e-9)
    }
}
