import Testing

@testable import Commands

/// How long work is said to take yet.
@Suite struct PaceTests {
    @Test func `slow pieces after quick ones are told by their own pace`() throws {
        var pace = Pace(done: 0)
        // 80 pieces in 8 s, then a piece a second.
        for piece in 1...80 { pace.note(piece, after: Double(piece) / 10) }
        #expect(try abs(#require(pace.secondsLeft(until: 100)) - 2) < 0.2)
        for piece in 81...90 { pace.note(piece, after: 8 + Double(piece - 80)) }
        // The mean pace would say 2 s; the later half has the slow ones alone.
        #expect(try abs(#require(pace.secondsLeft(until: 100)) - 10) < 2)
    }

    @Test func `marks stay few, and the pace right`() throws {
        var pace = Pace(done: 500)
        for piece in 1...100_000 { pace.note(500 + piece, after: Double(piece) / 1000) }
        #expect(try abs(#require(pace.secondsLeft(until: 200_500)) - 100) < 1)
    }

    @Test func `nothing is said before anything is known`() {
        var pace = Pace(done: 3)
        #expect(pace.secondsLeft(until: 10) == nil)
        pace.note(3, after: 5)
        #expect(pace.secondsLeft(until: 10) == nil)
        pace.note(4, after: 5.5)
        #expect(pace.secondsLeft(until: 10) != nil)
        pace.note(10, after: 6)
        #expect(pace.secondsLeft(until: 10) == nil)
    }
}
