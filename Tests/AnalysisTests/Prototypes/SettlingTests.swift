import Testing

@testable import Analysis

struct SettlingTests {
    /// After how many of `losses` the loss has settled; nil for never.
    private static func settles(_ losses: [Float], rate: Float = 0.01, window: Int = 5) -> Int? {
        var monitor = Settling.Monitor(Settling(window: window, tolerance: 0.02, rate: 0.02))
        for (step, loss) in losses.enumerated() {
            monitor.note(loss, rate: rate)
            if monitor.isSettled { return step + 1 }
        }
        return nil
    }

    @Test func aLossThatStandsStillHasSettledAfterTwoWindows() {
        #expect(Self.settles(Array(repeating: 3, count: 30)) == 10)
        #expect(Self.settles(Array(repeating: 3, count: 9)) == nil)
        // Noise around a level as well: means are compared.
        #expect(Self.settles((0..<30).map { 3 + ($0 % 2 == 0 ? 0.4 : -0.4) }, window: 4) == 8)
    }

    @Test func aLossThatFallsHasNot() {
        // By 1 % a step: 5 % from one window to the next.
        var loss: Float = 1
        let falling = (0..<200).map { _ -> Float in
            loss *= 0.99
            return loss
        }
        #expect(Self.settles(falling) == nil)
        #expect(Self.settles(falling + Array(repeating: loss, count: 20)).map { $0 > 200 } == true)
    }

    @Test func nothingIsAskedWhileTheRateIsHigh() {
        let still = [Float](repeating: 3, count: 100)
        #expect(Self.settles(still, rate: 0.5) == nil)
        // What was seen then does not count afterwards.
        var monitor = Settling.Monitor(Settling(window: 5, tolerance: 0.02, rate: 0.02))
        for _ in 0..<50 { monitor.note(3, rate: 0.5) }
        for _ in 0..<9 { monitor.note(3, rate: 0.01) }
        #expect(!monitor.isSettled)
        monitor.note(3, rate: 0.01)
        #expect(monitor.isSettled)
    }

    @Test func lossesThatAreNoNumbersDoNotSettle() {
        #expect(Self.settles(Array(repeating: .nan, count: 40)) == nil)
    }
}
