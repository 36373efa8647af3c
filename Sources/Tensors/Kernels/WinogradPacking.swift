internal import COneDNN
import Synchronization

/// The packing of kernels for a convolution by Winograd's way, learned from what oneDNN's own packing does with a few kernels: every packed
/// number is a sum of a kernel's taps times factors (`G g G^T`; Lavin and Gray 2016, equation 8), and sixteen in a row are those of sixteen
/// output channels.
///
/// oneDNN's can take longer than the convolution itself (64 x 64 kernels of 3 x 3 for 16 maps of 8 x 8: 1.0 and 0.2 ms on one thread). That
/// does not matter where weights are packed once, and costs a sixth of a training step.
struct WinogradPacking: Sendable {
    private let outputs: Int, inputs: Int
    /// Of each packed vector of a pair of sixteen outputs and an input: a row of `taps` factors.
    private let factors: [Float]
    /// Where those vectors lie, in vectors: one list after the other by output block, then input.
    private let places: [Int32]
    private let perPair: Int

    private static let lanes = 16, taps = 9
    private typealias Lane = SIMD16<Float>

    /// What is known of packings, so that each is learned once.
    private static let known = Mutex<[(from: MemoryDescription, to: MemoryDescription, packing: WinogradPacking?)]>([])

    /// The packing that `reorder` does with kernels of 3 x 3, O x I x 3 x 3; nil where it is not one as described above.
    static func of(_ reorder: Reorder, outputs: Int, inputs: Int) throws -> WinogradPacking? {
        try known.withLock { known in
            if let found = known.first(where: { $0.from.equals(reorder.source) && $0.to.equals(reorder.result) }) { return found.packing }
            let packing = try WinogradPacking(reorder, outputs: outputs, inputs: inputs)
            known.append((reorder.source, reorder.result, packing))
            return packing
        }
    }

    init?(_ reorder: Reorder, outputs: Int, inputs: Int) throws {
        let pairs = outputs / Self.lanes * inputs, values = outputs * inputs * Self.taps
        guard outputs % Self.lanes == 0, outputs > 0, inputs >= Self.taps, reorder.source.bytes == values * MemoryLayout<Float>.size,
            reorder.result.bytes % (pairs * MemoryLayout<Lane>.size) == 0
        else { return nil }
        let vectors = reorder.result.bytes / MemoryLayout<Lane>.size, perPair = vectors / pairs
        let source = try AlignedBuffer(bytes: reorder.source.bytes), result = try AlignedBuffer(bytes: reorder.result.bytes)
        let scratch = try AlignedBuffer(bytes: reorder.scratchBytes), stream = try Stream()
        let run = try reorder.bind(from: source.address, to: result.address, scratch: scratch.address)
        let packed = UnsafeMutableBufferPointer(start: result.floats().lanes, count: vectors)
        func pack(_ value: (_ output: Int, _ input: Int, _ tap: Int) -> Float) throws {
            for output in 0..<outputs {
                for input in 0..<inputs {
                    for tap in 0..<Self.taps { source.floats()[(output * inputs + input) * Self.taps + tap] = value(output, input, tap) }
                }
            }
            try run(stream)
        }
        let made = try withExtendedLifetime((source, result, scratch)) { () -> WinogradPacking? in
            // Which channels: kernels that are all alike, whose taps hardly add up to nothing with any factors; then the same times a number.
            let pattern: [Float] = [1, 0.37, -0.71, 0.53, -0.29, 0.83, 0.61, -0.43, 0.19]
            try pack { _, _, tap in pattern[tap] }
            let sums = packed.map { $0[0] }
            guard sums.allSatisfy({ abs($0) > 1e-3 && $0.isFinite }) else { return nil }
            var lists = [[Int32]](repeating: [], count: pairs), blocks = [Int](repeating: 0, count: vectors)
            try pack { output, _, tap in Float(output + 1) * pattern[tap] }
            for vector in 0..<vectors {
                let numbers = packed[vector] / sums[vector] - 1, block = (Double(numbers[0]) / Double(Self.lanes)).rounded()
                guard block >= 0, block < Double(outputs / Self.lanes) else { return nil }
                blocks[vector] = Int(block)
                for lane in 0..<Self.lanes where abs(numbers[lane] - Float(Int(block) * Self.lanes + lane)) > 0.1 { return nil }
            }
            try pack { _, input, tap in Float(input + 1) * pattern[tap] }
            for vector in 0..<vectors {
                let number = Double(packed[vector][0] / sums[vector] - 1).rounded()
                guard number >= 0, number < Double(inputs) else { return nil }
                lists[blocks[vector] * inputs + Int(number)].append(Int32(vector))
            }
            guard lists.allSatisfy({ $0.count == perPair }) else { return nil }
            // Which factors: kernels of a single tap, another for every input.
            try pack { _, input, tap in tap == input % Self.taps ? 1 : 0 }
            var factors = [Float](repeating: 0, count: perPair * Self.taps)
            for tap in 0..<Self.taps {
                for (place, vector) in lists[tap].enumerated() { factors[place * Self.taps + tap] = packed[Int(vector)][0] }
            }
            let made = WinogradPacking(outputs: outputs, inputs: inputs, factors: factors, places: lists.flatMap { $0 }, perPair: perPair)
            // The proof: any kernels, packed both ways.
            try pack { Float(($0 * 31 + $1 * 17 + $2 * 7) % 101) / 50 - 1 }
            let mine = try AlignedBuffer(bytes: reorder.result.bytes)
            made.pack(source.floats(), isTurned: false, into: mine.floats())
            let count = vectors * Self.lanes
            let agrees = (0..<count).allSatisfy { abs(mine.floats()[$0] - result.floats()[$0]) <= 1e-5 }
            return withExtendedLifetime(mine) { agrees ? made : nil }
        }
        guard let made else { return nil }
        self = made
    }

    private init(outputs: Int, inputs: Int, factors: [Float], places: [Int32], perPair: Int) {
        (self.outputs, self.inputs, self.factors, self.places, self.perPair) = (outputs, inputs, factors, places, perPair)
    }

    /// Writes packed kernels, `outputs x inputs x 3 x 3`. With `isTurned` they lie as `inputs x outputs x 3 x 3` and are turned by half a
    /// turn on the way: those of the pullback.
    func pack(_ kernels: UnsafePointer<Float>, isTurned: Bool, into memory: UnsafeMutablePointer<Float>) {
        let target = memory.lanes, (outputs, inputs, perPair) = (outputs, inputs, perPair)
        let (outputStep, inputStep) = isTurned ? (Self.taps, outputs * Self.taps) : (inputs * Self.taps, Self.taps)
        factors.withUnsafeBufferPointer { factors in
            places.withUnsafeBufferPointer { places in
                Parallel.ranges(outputs / Self.lanes * inputs, minimum: 64) { pairs in
                    withUnsafeTemporaryAllocation(of: Lane.self, capacity: Self.taps) { kernel in
                        for pair in pairs {
                            let first = kernels + pair / inputs * Self.lanes * outputStep + pair % inputs * inputStep
                            for tap in 0..<Self.taps {
                                let from = first + (isTurned ? Self.taps - 1 - tap : tap)
                                var lane = Lane()
                                for number in 0..<Self.lanes { lane[number] = from[number * outputStep] }
                                kernel[tap] = lane
                            }
                            for vector in 0..<perPair {
                                var sum = Lane()
                                for tap in 0..<Self.taps { sum += kernel[tap] * factors[vector * Self.taps + tap] }
                                target[Int(places[pair * perPair + vector])] = sum
                            }
                        }
                    }
                }
            }
        }
    }
}
