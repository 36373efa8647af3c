import Tensors
import Testing

@testable import Analysis

struct BilinearWarpTests {
    static func warps() -> [BilinearWarp] {
        [
            BilinearWarp(source: [5, 6], target: [8, 7], origin: SIMD2(-2, -1), beyond: .constant(0.5)),
            BilinearWarp(source: [5, 6], target: [3, 4], origin: SIMD2(1, 2), beyond: .constant(0)),
            BilinearWarp(source: [5, 6], target: [9, 4], origin: .zero, down: SIMD2(0.55, 0), across: SIMD2(0, 1.5), beyond: .edge),
            BilinearWarp(
                source: [5, 6], target: [6, 6], origin: SIMD2(0.3, -0.9), down: SIMD2(0.9, -0.3), across: SIMD2(0.3, 0.9),
                beyond: .constant(-1)),
            BilinearWarp(source: [1, 1], target: [2, 3], origin: SIMD2(-1e9, 0), down: SIMD2(1e9, 0), beyond: .constant(2)),
        ]
    }

    /// Apart from what lies beyond, which is a constant.
    @Test(arguments: BilinearWarpTests.warps()) func thePullbackIsTheAdjoint(warp: BilinearWarp) {
        var random = RandomSource(seed: 1, stream: "warp")
        let from = 2 * warp.source.reduce(1, *), to = 2 * warp.target.reduce(1, *)
        let picture = (0..<from).map { _ in random.normal() }, slopes = (0..<to).map { _ in random.normal() }
        var seen = [Float](repeating: .nan, count: to), empty = seen
        warp.apply(picture, channels: 2, into: &seen)
        warp.apply([Float](repeating: 0, count: from), channels: 2, into: &empty)
        var gradient = [Float](repeating: 1, count: from)
        warp.addPullback(slopes, channels: 2, to: &gradient)
        let there = (0..<to).reduce(0.0) { $0 + Double(slopes[$1]) * Double(seen[$1] - empty[$1]) }
        let back = (0..<from).reduce(0.0) { $0 + Double(picture[$1]) * Double(gradient[$1] - 1) }
        #expect(abs(there - back) < 1e-4)
    }

    @Test func whatLiesBeyondIsAsAskedFor() {
        let picture: [Float] = [1, 2, 3, 4]
        var seen = [Float](repeating: .nan, count: 16)
        BilinearWarp(source: [2, 2], target: [4, 4], origin: SIMD2(-1, -1), beyond: .constant(9)).apply(picture, channels: 1, into: &seen)
        #expect(seen == [9, 9, 9, 9, 9, 1, 2, 9, 9, 3, 4, 9, 9, 9, 9, 9])
        BilinearWarp(source: [2, 2], target: [4, 4], origin: SIMD2(-1, -1), beyond: .edge).apply(picture, channels: 1, into: &seen)
        #expect(seen == [1, 1, 2, 2, 1, 1, 2, 2, 3, 3, 4, 4, 3, 3, 4, 4])
        // Half a pixel to the right: between neighbours, and half beyond.
        BilinearWarp(source: [2, 2], target: [2, 2], origin: SIMD2(0, 0.5), beyond: .constant(0)).apply(picture, channels: 1, into: &seen)
        #expect(seen[..<4] == [1.5, 1, 3.5, 2])
    }
}
