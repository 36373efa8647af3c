import COneDNN
import Testing

@testable import Tensors

@Suite struct WinogradPackingTests {
    static let outputs = 32, inputs = 48

    /// The form in which a convolution of 32 x 48 kernels wants them, and what computes it; nil where the library has no such convolution.
    static func packing(_ algorithm: ConvolutionAlgorithm) throws -> (Reorder, implementation: String)? {
        let geometry = WindowGeometry(
            batch: 4, input: [inputs, 16, 16], output: [outputs, 16, 16], kernel: [3, 3], stride: [1, 1], paddingLow: [1, 1],
            paddingHigh: [1, 1])
        let source = try geometry.source(.blocked), destination = try geometry.destination()
        let any = try MemoryDescription(geometry.weightDimensions, dnnl_format_tag_any)
        var window = geometry.window
        let primitive = try? Primitive("convolution") {
            vitrine_convolution_forward(
                &$0, $1, algorithm.kind, source.handle, any.handle, nil, destination.handle, &window, $2)
        }
        guard let primitive else { return nil }
        return (
            try Reorder(
                "packing weights", from: MemoryDescription(geometry.weightDimensions, dnnl_abcd),
                to: MemoryDescription(of: primitive.description, dnnl_query_weights_md)), primitive.implementation
        )
    }

    /// The direct convolution's packing is the simple case: a factor of one for one tap.
    @Test(arguments: [ConvolutionAlgorithm.direct, .winograd]) func `kernels are packed as the library packs them`(
        algorithm: ConvolutionAlgorithm
    ) throws {
        guard let (reorder, implementation) = try Self.packing(algorithm) else {
            #expect(algorithm == .winograd)
            return
        }
        guard let packing = try WinogradPacking.of(reorder, outputs: Self.outputs, inputs: Self.inputs) else {
            // Blocks of eight channels.
            #expect(!implementation.contains("avx512"))
            return
        }
        let count = Self.outputs * Self.inputs * 9, packed = reorder.result.bytes / MemoryLayout<Float>.size
        let kernels = try AlignedBuffer(bytes: count * 4), turned = try AlignedBuffer(bytes: count * 4)
        let wanted = try AlignedBuffer(bytes: reorder.result.bytes), found = try AlignedBuffer(bytes: reorder.result.bytes)
        let scratch = try AlignedBuffer(bytes: reorder.scratchBytes)
        try withExtendedLifetime((kernels, turned, wanted, found, scratch)) {
            var source = RandomSource(seed: 3, stream: "kernels")
            for number in 0..<count { kernels.floats()[number] = source.uniform() * 2 - 1 }
            try reorder.bind(from: kernels.address, to: wanted.address, scratch: scratch.address)(Stream())
            func difference() -> Float { (0..<packed).reduce(0) { max($0, abs(wanted.floats()[$1] - found.floats()[$1])) } }
            packing.pack(kernels.floats(), isTurned: false, into: found.floats())
            #expect(difference() < 2e-6)
            // Turned kernels are turned back: twice half a turn.
            turnKernels(kernels.floats(), outputs: Self.outputs, inputs: Self.inputs, area: 9, into: turned.floats())
            found.floats().update(repeating: 0, count: packed)
            packing.pack(turned.floats(), isTurned: true, into: found.floats())
            #expect(difference() < 2e-6)
        }
    }

    @Test func `a packing of other sizes is none`() throws {
        guard let (reorder, _) = try Self.packing(.direct) else { return }
        #expect(try WinogradPacking(reorder, outputs: Self.inputs, inputs: Self.inputs) == nil)
        #expect(try WinogradPacking(reorder, outputs: 24, inputs: 64) == nil)
    }
}
