import COneDNN
import Testing

@testable import Tensors

/// What the library has only a loop for in blocks of sixteen channels, as on processors without AVX-512, is computed in another form.
@Suite struct AdaptedPrimitiveTests {
    /// Dense, strided, depthwise, of three colours, and with channels that fill no block.
    static let geometries = [
        WindowGeometry(batch: 2, input: [20, 9, 7], output: [40, 9, 7], kernel: [3, 3], stride: [1, 1], paddingLow: [1, 1], paddingHigh: [1, 1]),
        WindowGeometry(batch: 1, input: [32, 8, 8], output: [16, 4, 4], kernel: [1, 1], stride: [2, 2], paddingLow: [0, 0], paddingHigh: [0, 0]),
        WindowGeometry(
            batch: 2, input: [32, 8, 8], output: [32, 4, 4], kernel: [3, 3], stride: [2, 2], paddingLow: [1, 1], paddingHigh: [0, 0], groups: 32),
    ]

    private static func values(_ count: Int, _ stream: String) throws -> AlignedBuffer {
        let buffer = try AlignedBuffer(bytes: max(64, count * MemoryLayout<Float>.size))
        var random = RandomSource(seed: 5, stream: stream)
        for place in 0..<count { buffer.floats()[place] = random.uniform() * 2 - 1 }
        return buffer
    }

    /// Blocked values of `shape`, zero past the last channel.
    private static func blocked(_ batch: Int, _ shape: Shape, _ stream: String) throws -> AlignedBuffer {
        let plain = try values(batch * shape.count, stream)
        let packed = try AlignedBuffer(bytes: Layout.blocked.count(batch: batch, shape) * MemoryLayout<Float>.size)
        withExtendedLifetime(plain) { Layout.blocked.pack(plain.floats(), batch: batch, shape, into: packed.floats()) }
        return packed
    }

    @Test(arguments: geometries) func `a convolution and its gradients are the same in blocks of eight`(_ geometry: WindowGeometry) throws {
        let stream = try Stream()
        let weights = try Self.values(geometry.weightDimensions.reduce(1, *), "weights")
        let plain = try MemoryDescription(geometry.weightDimensions, geometry.groups == 1 ? dnnl_abcd : dnnl_abcde)
        let any = try MemoryDescription(geometry.weightDimensions, dnnl_format_tag_any)
        let (source, destination) = (try geometry.source(.blocked), try geometry.destination())
        let (otherSource, otherDestination) = (try geometry.source(as: dnnl_aBcd8b), try geometry.destination(as: dnnl_aBcd8b))
        let images = try Self.blocked(geometry.batch, geometry.input, "images")
        let gradients = try Self.blocked(geometry.batch, geometry.output, "gradients")
        var window = geometry.window
        func forward(_ condition: AdaptedPrimitive.Condition) throws -> AdaptedPrimitive {
            try AdaptedPrimitive([
                .read(DNNL_ARG_SRC, dnnl_query_src_md, source, or: otherSource),
                .written(DNNL_ARG_DST, dnnl_query_dst_md, destination, or: otherDestination),
            ], when: condition) { forms, _ in
                try Primitive("convolution") {
                    vitrine_convolution_forward(
                        &$0, $1, dnnl_convolution_direct, forms[0].handle, any.handle, nil, forms[1].handle, &window, $2)
                }
            }
        }
        func backward(_ condition: AdaptedPrimitive.Condition) throws -> AdaptedPrimitive {
            try AdaptedPrimitive([
                .read(DNNL_ARG_DIFF_DST, dnnl_query_diff_dst_md, destination, or: otherDestination),
                .written(DNNL_ARG_DIFF_SRC, dnnl_query_diff_src_md, source, or: otherSource),
            ], when: condition) { forms, _ in
                try Primitive("a convolution's gradient") {
                    vitrine_convolution_backward_data(
                        &$0, $1, dnnl_convolution_direct, forms[1].handle, forms[1].handle, any.handle, forms[0].handle, &window, $2)
                }
            }
        }
        func result(_ convolution: AdaptedPrimitive, of input: AlignedBuffer, _ shape: Shape) throws -> [Float] {
            let count = Layout.blocked.count(batch: geometry.batch, shape)
            let packed = try MemoryDescription(of: convolution.primitive.description, dnnl_query_weights_md)
            let own = try plain.packing(Array(UnsafeBufferPointer(start: weights.floats(), count: geometry.weightDimensions.reduce(1, *))), as: packed)
            let output = try AlignedBuffer(bytes: count * MemoryLayout<Float>.size)
            let scratch = try AlignedBuffer(bytes: max(64, convolution.scratchBytes))
            // What was there before must not shine through.
            output.floats().update(repeating: .nan, count: count)
            return try withExtendedLifetime((own, output, scratch)) {
                try convolution.bind([input.address, output.address], scratch: scratch.address) {
                    try $0.bind(DNNL_ARG_WEIGHTS, packed, own.address)
                }(stream)
                return Array(UnsafeBufferPointer(start: output.floats(), count: count))
            }
        }
        for (make, input, shape) in [(forward, images, geometry.output), (backward, gradients, geometry.input)] {
            let (own, other) = (try make(.never), try make(.always))
            #expect(!own.isAdapted && other.isAdapted && other.scratchBytes > own.scratchBytes)
            let (wanted, found) = (try result(own, of: input, shape), try result(other, of: input, shape))
            let largest = wanted.reduce(0) { max($0, abs($1)) }
            #expect(largest > 0 && zip(wanted, found).allSatisfy { abs($0 - $1) < 1e-5 * largest })
        }
    }

    /// A thousand times as slow: whatever the processor, none of these is left to it.
    @Test(arguments: geometries) func `no convolution is left to a loop`(_ geometry: WindowGeometry) throws {
        let dimensions = geometry.weightDimensions
        let weights = Tensor(zeros: Shape([geometry.output[0], geometry.input[0] / geometry.groups] + dimensions.suffix(2)))
        let forward = try ConvolutionKernel(geometry, from: .blocked, weights: weights, bias: nil, adding: true, activation: .relu)
        let back = try ConvolutionGradientKernel(geometry, to: .blocked, weights: weights)
        let training = try ConvolutionTrainingKernel(geometry, from: .blocked, hasBias: true, wantsInputGradient: true, choices: nil)
        for name in [forward.implementation, back.implementation] + training.implementations { #expect(!name.hasPrefix("ref"), "\(name)") }
    }

    @Test func `ways of learning are timed with a bias, too`() throws {
        let geometry = WindowGeometry(
            batch: 2, input: [32, 8, 10], output: [48, 8, 10], kernel: [3, 3], stride: [1, 1], paddingLow: [1, 1], paddingHigh: [1, 1])
        let training = try ConvolutionTrainingKernel(
            geometry, from: .blocked, hasBias: true, wantsInputGradient: true, choices: AlgorithmChoices(record: nil, cache: nil))
        #expect(training.implementations.count == 3)
    }

    @Test(arguments: [PoolingKernel.Kind.maximum, .average(countsPadding: false)]) func `a pool and its pullback are those of plain loops`(
        _ kind: PoolingKernel.Kind
    ) throws {
        let geometry = WindowGeometry(
            batch: 2, input: [20, 8, 8], output: [20, 4, 4], kernel: [2, 2], stride: [2, 2], paddingLow: [0, 0], paddingHigh: [0, 0])
        let pool = try PoolingKernel(geometry, kind: kind, withGradient: true)
        let input = try Self.blocked(2, geometry.input, "images"), gradient = try Self.blocked(2, geometry.output, "gradients")
        let counts = (Layout.blocked.count(batch: 2, geometry.output), Layout.blocked.count(batch: 2, geometry.input))
        let output = try AlignedBuffer(bytes: counts.0 * 4), back = try AlignedBuffer(bytes: counts.1 * 4)
        let memory = try AlignedBuffer(bytes: max(64, pool.memoryBytes)), scratch = try AlignedBuffer(bytes: max(64, pool.scratchBytes))
        try withExtendedLifetime((input, gradient, output, back, memory, scratch)) {
            let stream = try Stream()
            try pool.bindForward(
                source: input.floats(), destination: output.floats(), memory: memory.address, scratch: scratch.address)(stream)
            try pool.bindPullback(
                outputGradient: gradient.floats(), inputGradient: back.floats(), memory: memory.address, scratch: scratch.address)(stream)
            func place(_ image: Int, _ channel: Int, _ y: Int, _ x: Int, side: Int) -> Int {
                (((image * 2 + channel / 16) * side + y) * side + x) * 16 + channel % 16
            }
            for image in 0..<2 {
                for channel in 0..<20 {
                    for y in 0..<4 {
                        for x in 0..<4 {
                            let window = [(0, 0), (0, 1), (1, 0), (1, 1)].map { place(image, channel, 2 * y + $0.0, 2 * x + $0.1, side: 8) }
                            let values = window.map { input.floats()[$0] }, out = place(image, channel, y, x, side: 4)
                            let largest = values.max() ?? 0
                            let wanted = kind == .maximum ? largest : values.reduce(0, +) / 4
                            #expect(abs(output.floats()[out] - wanted) < 1e-6)
                            for (number, at) in window.enumerated() {
                                let share: Float = kind == .maximum ? (values[number] == largest ? 1 : 0) : 0.25
                                #expect(abs(back.floats()[at] - share * gradient.floats()[out]) < 1e-6)
                            }
                        }
                    }
                }
            }
        }
    }
}
