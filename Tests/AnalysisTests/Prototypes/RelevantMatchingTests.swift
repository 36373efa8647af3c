import Tensors
import Testing

@testable import Analysis

struct RelevantMatchingTests {
    /// Masks of several pictures are kept apart, and stand in for relevance that is not computed anew.
    @Test func masksAreKeptForEveryPicture() throws {
        let shape = Shape([3, 4, 5]), count = Layout.blocked.count(batch: 1, shape)
        var random = RandomSource(seed: 9, stream: "masks")
        func map() -> [Float] {
            var blocked = [Float](repeating: 0, count: count)
            for place in 0..<20 { for channel in 0..<3 { blocked[place * 16 + channel] = abs(random.normal()) } }
            return blocked
        }
        let reference = MatchingReference(quantiles: (0..<60).map { Float($0 % 20) / 10 }, importance: [1, 0.5, 0.25])
        let matching = try RelevantMatching(shape: shape, floor: 0.3, pictures: 2)
        let (first, second, moved) = (map(), map(), map())
        let relevance = [map(), map()]
        func loss(_ map: [Float], _ relevance: [Float]?, _ picture: Int) -> (Float, [Float]) {
            var gradient = [Float](repeating: .nan, count: count)
            let loss = relevance.map { matching.loss(map, relevance: $0, picture: picture, reference: reference, gradient: &gradient) }
                ?? matching.loss(map, relevance: nil, picture: picture, reference: reference, gradient: &gradient)
            return (loss, gradient)
        }
        _ = loss(first, relevance[0], 0)
        _ = loss(second, relevance[1], 1)
        let kept = [loss(moved, nil, 0), loss(moved, nil, 1)]
        let renewed = [loss(moved, relevance[0], 0), loss(moved, relevance[1], 1)]
        for picture in 0..<2 { #expect(kept[picture].0 == renewed[picture].0 && kept[picture].1 == renewed[picture].1) }
        #expect(kept[0].0 != kept[1].0)
    }
}
