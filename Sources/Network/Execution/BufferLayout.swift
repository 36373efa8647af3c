import Tensors

/// Places buffers in one stretch of memory so that no two that live at the same time overlap.
///
/// Greedy by size, as in "Efficient Memory Management for Deep Neural Net Inference" (Pisarchyk and Lee 2020, section 5.2):
/// the largest buffer first, each into the smallest gap that fits among those that live at the same time.
struct BufferLayout: Sendable {
    /// A stretch of memory in use from step `first` to step `last`, both included.
    struct Request: Sendable, Equatable {
        var bytes: Int
        var first: Int
        var last: Int
    }

    /// Where each request begins, in bytes; a multiple of 64.
    let offsets: [Int]
    /// The length of the whole stretch.
    let bytes: Int

    init(_ requests: [Request]) {
        var offsets = [Int](repeating: 0, count: requests.count)
        var placed: [Int] = []
        var end = 0
        let order = requests.indices.sorted { (requests[$1].bytes, $0) < (requests[$0].bytes, $1) }
        for current in order where requests[current].bytes > 0 {
            let request = requests[current]
            let length = request.bytes.upToCacheLine
            let neighbours =
                placed
                .filter { requests[$0].first <= request.last && request.first <= requests[$0].last }
                .map { (begin: offsets[$0], end: offsets[$0] + requests[$0].bytes.upToCacheLine) }
                .sorted { $0.begin < $1.begin }
            var best: (gap: Int, offset: Int)?
            var cursor = 0
            for neighbour in neighbours {
                let gap = neighbour.begin - cursor
                if gap >= length, gap < best?.gap ?? .max { best = (gap, cursor) }
                cursor = max(cursor, neighbour.end)
            }
            offsets[current] = best?.offset ?? cursor
            end = max(end, offsets[current] + length)
            placed.append(current)
        }
        self.offsets = offsets
        bytes = end
    }
}
