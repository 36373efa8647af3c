import Testing

@testable import Tensors

struct ActivationSlopesTests {
    private static func buffer(_ count: Int, _ value: (Int) -> Float) throws -> AlignedBuffer {
        let buffer = try AlignedBuffer(bytes: 4 * count)
        for i in 0..<count { buffer.floats()[i] = value(i) }
        return buffer
    }

    /// Lengths within a group of bits, of one, and past some; the last of several threads' groups is not whole.
    @Test(arguments: [16, 512, 528, 16 * 32 * 200 + 48], 1...4)
    func bitsSayWhatTheResultsSay(_ count: Int, sources: Int) throws {
        for activation in [Activation.relu, .clipped(upper: 6)] {
            let results = try Self.buffer(count) { [0, 0.5, 6, 5.9, -0.0, 7, .nan][($0 * 5 + $0 / 16) % 7] }
            let bits = try AlignedBuffer(bytes: ActivationSlopes.bytes(for: 4 * count))
            let gradients = try (0..<sources).map { source in try Self.buffer(count) { Float($0 % 97 + 1) * Float(source + 1) } }
            let expected = try Self.buffer(count) { _ in .nan }
            // Addresses outlive no buffer.
            withExtendedLifetime((results, bits, gradients, expected)) {
                ActivationSlopes.note(results.floats(), activation, count: count, into: bits.address)
                Elementwise.sumThroughActivation(
                    gradients.map { $0.floats() }, results: results.floats(), activation, into: expected.floats(), count: count)
                // Into one of the gradients, as plans do where it is not needed again.
                let target = gradients[sources - 1].floats()
                ActivationSlopes.sum(gradients.map { $0.floats() }, where: bits.address, into: target, count: count)
                #expect((0..<count).allSatisfy { target[$0] == expected.floats()[$0] })
                #expect((0..<count).contains { target[$0] == 0 } && (0..<count).contains { target[$0] > 0 })
            }
        }
    }

    @Test func aBitForEveryResult() {
        #expect(ActivationSlopes.bytes(for: 4 * 512) == 64)
        #expect(ActivationSlopes.bytes(for: 4 * 528) == 128)
    }
}
