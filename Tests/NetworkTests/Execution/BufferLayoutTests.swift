import Tensors
import Testing

@testable import Network

struct BufferLayoutTests {
    /// Requests of all sizes, empty ones among them, living from one moment to all of 40.
    private static func requests(seed: UInt64) -> [BufferLayout.Request] {
        var random = RandomSource(seed: seed, stream: "requests")
        return (0..<random.integer(in: 1...60)).map { _ in
            let first = random.integer(in: 0...39)
            let bytes = [0, random.integer(in: 1...63), 64, random.integer(in: 65...5000)][random.integer(in: 0...3)]
            return .init(bytes: bytes, first: first, last: random.integer(in: first...39))
        }
    }

    @Test func buffersThatLiveAtTheSameTimeDoNotOverlap() {
        for seed in 0..<200 as Range<UInt64> {
            let requests = Self.requests(seed: seed)
            let layout = BufferLayout(requests)
            #expect(layout.offsets.count == requests.count)
            for a in requests.indices where requests[a].bytes > 0 {
                #expect(layout.offsets[a] % 64 == 0 && layout.offsets[a] >= 0)
                #expect(layout.offsets[a] + requests[a].bytes <= layout.bytes)
                for b in requests.indices where b > a && requests[b].bytes > 0 {
                    let liveTogether = requests[a].first <= requests[b].last && requests[b].first <= requests[a].last
                    let overlap =
                        layout.offsets[a] < layout.offsets[b] + requests[b].bytes
                        && layout.offsets[b] < layout.offsets[a] + requests[a].bytes
                    #expect(!(liveTogether && overlap), "seed \(seed): \(requests[a]) and \(requests[b])")
                }
            }
        }
    }

    @Test func theWholeIsAtLeastWhatLivesAtOnceAndAtMostTheSum() {
        for seed in 0..<200 as Range<UInt64> {
            let requests = Self.requests(seed: seed)
            func length(_ request: BufferLayout.Request) -> Int { (request.bytes + 63) / 64 * 64 }
            let atOnce = (0..<40).map { moment in
                requests.filter { $0.first <= moment && moment <= $0.last }.reduce(0) { $0 + length($1) }
            }
            let bytes = BufferLayout(requests).bytes
            #expect(bytes >= atOnce.max() ?? 0 && bytes <= requests.reduce(0) { $0 + length($1) }, "seed \(seed)")
        }
    }

    @Test func memoryIsUsedAgain() {
        let chain = (0..<10).map { BufferLayout.Request(bytes: 1000, first: $0, last: $0 + 1) }
        #expect(BufferLayout(chain).bytes == 2 * 1024)
        #expect(BufferLayout([]).bytes == 0)
    }
}
