/// Where an activation has slope, seen from its results: a bit for each, a thirty-second of their memory.
///
/// Bit j of word w of group g belongs to value `(32 g + j) 16 + w`: it is set and asked for lane by lane, without moving bits about.
public enum ActivationSlopes {
    private typealias Words = SIMD16<UInt32>
    private static let lanesPerGroup = UInt32.bitWidth
    /// A thread gets no fewer groups than this: below, waking it takes longer than the loop.
    private static let leastGroups = 64

    /// Bytes for the bits of `bytes` bytes of results.
    public static func bytes(for bytes: Int) -> Int { groups(bytes / MemoryLayout<Float>.size) * MemoryLayout<Words>.size }

    private static func groups(_ count: Int) -> Int { ((count + 15) / 16 + lanesPerGroup - 1) / lanesPerGroup }

    /// Sets `bits` to where `activation`, whose `count` results (a multiple of 16) are given, has slope.
    public static func note(
        _ results: UnsafeMutablePointer<Float>, _ activation: Activation, count: Int, into bits: UnsafeMutableRawPointer
    ) {
        let (y, words, zero) = (results.lanes, bits.assumingMemoryBound(to: Words.self), Lane(repeating: 0))
        let lanes = count / 16
        let upper = Lane(repeating: activation.upperBound)
        Parallel.ranges(groups(count), minimum: leastGroups) { range in
            for group in range {
                var word = Words(repeating: 0)
                var bit: UInt32 = 1
                for lane in group * lanesPerGroup..<min((group + 1) * lanesPerGroup, lanes) {
                    let value = y[lane]
                    word.replace(with: word | bit, where: (value .> zero) .& (value .< upper))
                    bit &<<= 1
                }
                words[group] = word
            }
        }
    }

    /// Sets `target` to the sum of `gradients`, `count` values of each, where `bits` are set, and to zero elsewhere.
    public static func sum(
        _ gradients: [UnsafeMutablePointer<Float>], where bits: UnsafeRawPointer, into target: UnsafeMutablePointer<Float>, count: Int
    ) {
        let (out, sources, words) = (target.lanes, gradients.map(\.lanes), bits.assumingMemoryBound(to: Words.self))
        let lanes = count / 16
        Parallel.ranges(groups(count), minimum: leastGroups) { range in
            for group in range {
                let part = group * lanesPerGroup..<min((group + 1) * lanesPerGroup, lanes)
                switch sources.count {
                case 1:
                    let a = sources[0]
                    keep(words[group], part, in: out) { a[$0] }
                case 2:
                    let (a, b) = (sources[0], sources[1])
                    keep(words[group], part, in: out) { a[$0] + b[$0] }
                default:
                    keep(words[group], part, in: out) { lane in sources.dropFirst().reduce(sources[0][lane]) { $0 + $1[lane] } }
                }
            }
        }
    }

    @inline(__always)
    private static func keep(_ word: Words, _ part: Range<Int>, in out: UnsafeMutablePointer<Lane>, _ value: (Int) -> Lane) {
        let (none, zero) = (Words(repeating: 0), Lane(repeating: 0))
        var bit: UInt32 = 1
        for lane in part {
            out[lane] = zero.replacing(with: value(lane), where: (word & bit) .!= none)
            bit &<<= 1
        }
    }
}
