import Testing

@testable import Tensors

/// Convolutions in tiles, beside sums in double precision.
@Suite struct TileConvolutionTests {
    /// Of the layouts, those that it serves on this processor: at least blocks of eight.
    static let layouts = [Layout.narrow, .blocked].filter { TileConvolution.serves($0) }

    /// Small kernels in tiles of four; large ones of a small map in tiles of two; maps that no tiles fill; a padding of none and of two, as a
    /// pullback's; and as many tiles as several threads share out, in chunks of which the last is not full.
    static let geometries = [
        window(batch: 3, 16, to: 32, height: 7, width: 10), window(batch: 5, 32, to: 16, height: 16, width: 13),
        window(batch: 2, 192, to: 160, height: 7, width: 6), window(batch: 1, 16, to: 16, height: 3, width: 3),
        window(batch: 2, 16, to: 16, height: 9, width: 8, low: [0, 1], high: [1, 0]),
        window(batch: 2, 16, to: 32, height: 6, width: 5, low: [2, 2], high: [2, 2]),
        window(batch: 3, 16, to: 16, height: 50, width: 52),
    ]

    private static func window(
        batch: Int, _ inputs: Int, to outputs: Int, height: Int, width: Int, low: [Int] = [1, 1], high: [Int] = [1, 1]
    ) -> WindowGeometry {
        WindowGeometry(
            batch: batch, input: [inputs, height, width], output: [outputs, height + low[0] + high[0] - 2, width + low[1] + high[1] - 2],
            kernel: [3, 3], stride: [1, 1], paddingLow: low, paddingHigh: high)
    }

    private static func values(_ count: Int, _ stream: String) -> [Float] {
        var random = RandomSource(seed: 5, stream: stream)
        return (0..<count).map { _ in random.normal() }
    }

    /// The values that `step` writes, row-major; `input` and `added` are row-major.
    private static func result(
        of geometry: WindowGeometry, _ layout: Layout, _ input: [Float], added: [Float]? = nil, scratch: Int,
        _ bind: (
            _ input: UnsafeMutablePointer<Float>, _ added: UnsafeMutablePointer<Float>?, _ output: UnsafeMutablePointer<Float>,
            _ scratch: UnsafeMutableRawPointer
        ) throws -> BoundStep
    ) throws -> [Float] {
        let source = try AlignedBuffer(bytes: geometry.sourceBytes), target = try AlignedBuffer(bytes: geometry.destinationBytes)
        let other = try AlignedBuffer(bytes: geometry.destinationBytes), working = try AlignedBuffer(bytes: scratch)
        layout.pack(input, batch: geometry.batch, geometry.input, into: source.floats())
        if let added { layout.pack(added, batch: geometry.batch, geometry.output, into: other.floats()) }
        // What was there before must not shine through.
        target.floats().update(repeating: .nan, count: geometry.destinationBytes / 4)
        working.floats().update(repeating: .nan, count: scratch / 4)
        return try withExtendedLifetime((source, target, other, working)) {
            try bind(source.floats(), added == nil ? nil : other.floats(), target.floats(), working.address)(Stream())
            var result = [Float](repeating: 0, count: geometry.batch * geometry.output.count)
            result.withUnsafeMutableBufferPointer {
                if let base = $0.baseAddress { layout.unpack(target.floats(), batch: geometry.batch, geometry.output, into: base) }
            }
            return result
        }
    }

    /// Sums in double precision.
    private static func sums(_ geometry: WindowGeometry, _ input: [Float], _ weights: [Float]) -> [Double] {
        let (shape, out) = (geometry.input, geometry.output)
        var result = [Double](repeating: 0, count: geometry.batch * out.count)
        for image in 0..<geometry.batch {
            for output in 0..<out[0] {
                for y in 0..<out[1] {
                    for x in 0..<out[2] {
                        var sum = 0.0
                        for channel in 0..<shape[0] {
                            for (dy, dx) in (0..<9).map({ ($0 / 3, $0 % 3) }) {
                                let row = y + dy - geometry.paddingLow[0], column = x + dx - geometry.paddingLow[1]
                                guard row >= 0, row < shape[1], column >= 0, column < shape[2] else { continue }
                                sum += Double(input[((image * shape[0] + channel) * shape[1] + row) * shape[2] + column])
                                    * Double(weights[(output * shape[0] + channel) * 9 + 3 * dy + dx])
                            }
                        }
                        result[((image * out[0] + output) * out[1] + y) * out[2] + x] = sum
                    }
                }
            }
        }
        return result
    }

    @Test(arguments: geometries) func `sums, bias and what follows are those of plain loops, with the same bits on any number of threads`(
        _ geometry: WindowGeometry
    ) throws {
        defer { OneDNN.useThreads(1) }
        let input = Self.values(geometry.batch * geometry.input.count, "input"), added = Self.values(geometry.batch * geometry.output.count, "added")
        let weights = Self.values(geometry.weightDimensions.reduce(1, *), "weights"), bias = Self.values(geometry.output[0], "bias")
        let sums = Self.sums(geometry, input, weights), area = geometry.output[1] * geometry.output[2]
        let largest = sums.map(abs).max() ?? 0
        #expect(largest > 1 && !Self.layouts.isEmpty)
        var sizes: Set<Int> = []
        for layout in Self.layouts {
            for activation in [nil, Activation.relu, .clipped(upper: 6)] {
                var found: [[Float]] = []
                // Made for as many threads, and run on others.
                for (threads, running) in [(1, 1), (2, 2), (3, 3), (3, 1), (1, 3)] {
                    OneDNN.useThreads(threads)
                    let convolution = try TileConvolution(geometry, layout)
                    sizes.insert(convolution.tileOutputs)
                    let kernel = try TileConvolutionKernel(
                        convolution, weights: Tensor(shape: Shape(geometry.weightDimensions), values: weights), bias: activation == .relu ? nil : bias,
                        activation: activation)
                    OneDNN.useThreads(running)
                    found.append(
                        try Self.result(of: geometry, layout, input, added: activation == nil ? nil : added, scratch: kernel.scratchBytes) {
                            try kernel.bind(source: $0, added: $1, destination: $2, scratch: $3)
                        })
                }
                #expect(found.allSatisfy { $0 == found[0] })
                for (number, value) in found[0].enumerated() {
                    var wanted = Float(sums[number] + (activation == .relu ? 0 : Double(bias[number / area % geometry.output[0]])))
                    if let activation { wanted = activation(wanted + added[number]) }
                    guard Double(abs(value - wanted)) <= 2e-5 * largest else {
                        Issue.record("\(layout), value \(number): \(value), not \(wanted)")
                        break
                    }
                }
            }
        }
        #expect(sizes == [geometry.input[0] == 192 ? TilesOfTwo.outputs : TilesOfFour.outputs])
    }

    /// `<W x, y> = <x, W^T y>`, with kernels that were turned while they were packed.
    @Test(arguments: geometries) func `turned kernels give the pullback`(_ geometry: WindowGeometry) throws {
        let x = Self.values(geometry.batch * geometry.input.count, "input"), y = Self.values(geometry.batch * geometry.output.count, "output")
        let weights = Self.values(geometry.weightDimensions.reduce(1, *), "weights")
        for layout in Self.layouts {
            let turned = geometry.turned
            let convolution = try TileConvolution(turned, layout)
            let kernels = try AlignedBuffer(bytes: convolution.packedBytes)
            weights.withUnsafeBufferPointer {
                if let weights = $0.baseAddress { convolution.pack(weights, isTurned: true, into: kernels.address) }
            }
            let back = try withExtendedLifetime(kernels) {
                try Self.result(of: turned, layout, y, scratch: convolution.scratchBytes) {
                    try convolution.bind(source: $0, kernels: kernels.address, bias: nil, added: $1, activation: nil, destination: $2, scratch: $3)
                }
            }
            let forward = zip(Self.sums(geometry, x, weights), y).reduce(0) { $0 + $1.0 * Double($1.1) }
            let backward = zip(x, back).reduce(0) { $0 + Double($1.0) * Double($1.1) }
            let scale = zip(Self.sums(geometry, x, weights), y).reduce(0) { $0 + abs($1.0 * Double($1.1)) }
            #expect(scale > 0 && abs(forward - backward) <= 1e-5 * scale, "\(layout): \(forward), \(backward)")
        }
    }

    @Test func `channels that fill no block are refused`() throws {
        #expect(throws: (any Error).self) {
            try TileConvolution(Self.window(batch: 1, 24, to: 16, height: 8, width: 8), .narrow)
        }
        #expect(TileConvolution.serves(.narrow) && !TileConvolution.serves(.plain))
    }
}
