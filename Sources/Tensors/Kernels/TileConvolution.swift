internal import COneDNN
import Diagnostics
import Synchronization

/// A 3 x 3 convolution in steps of one by Winograd's way, as the library has it for AVX-512 only.
///
/// Tiles of the map are transformed, multiplied with transformed kernels, and transformed back (`TileTransform`). The products are left to
/// the library: they are one 1 x 1 convolution with a group for each place of a tile, whose positions are the tiles. Its weights are the
/// caller's, packed by `pack`, so that they may change between runs.
final class TileConvolution: Sendable {
    let geometry: WindowGeometry
    /// Of both maps: blocks of eight or of sixteen.
    let layout: Layout
    /// m of `TileTransform`: four or two.
    let tileOutputs: Int
    /// Tiles down and across a map.
    let rows: Int
    let columns: Int
    /// Tiles that are worked on together, of one image or several; in the last chunk fewer, whose other products nobody reads.
    let chunk: Int
    private let product: Primitive
    private let source: MemoryDescription
    private let destination: MemoryDescription
    private let weights: MemoryDescription
    /// Chunks that are worked on at a time, each by a thread of its own; 1 where all threads share the work of each chunk.
    private let workers: Int

    /// What a chunk's transformed tiles and products may take: about what stays in a cache.
    private static let chunkBytes = 2 << 20
    /// Kernels of more than these are not in tiles of four, which make them four times as large, unless the maps are as large.
    private static let kernelBytes = 4 << 20
    /// A chunk has no fewer tiles than these where there are more: all kernels are read for each.
    private static let leastTiles = 64
    /// A thread is given no fewer transforms of eight channels of a tile than these.
    private static let leastTransforms = 512

    /// True for maps that have no faster way by Winograd: in blocks of eight, or of sixteen where the library has no kernels for these.
    static func serves(_ layout: Layout) -> Bool { layout == .narrow || layout == .blocked && Layout.prefersNarrow }

    /// Throws a `Problem` where channels do not fill their blocks, or the library has no fast product.
    init(_ geometry: WindowGeometry, _ layout: Layout) throws {
        precondition(geometry.kernel == [3, 3] && geometry.stride == [1, 1] && geometry.dilation == [1, 1] && geometry.groups == 1)
        let inputs = geometry.input[0], outputs = geometry.output[0]
        guard layout != .plain, inputs % Layout.block == 0, outputs % Layout.block == 0 else {
            throw Problem("Winograd's way is not there for maps of \(inputs) and \(outputs) channels in this layout")
        }
        self.geometry = geometry
        self.layout = layout
        let packed = TilesOfFour.places * inputs * outputs * MemoryLayout<Float>.size
        tileOutputs =
            packed <= max(Self.kernelBytes, geometry.sourceBytes + geometry.destinationBytes) ? TilesOfFour.outputs : TilesOfTwo.outputs
        let places = tileOutputs == TilesOfFour.outputs ? TilesOfFour.places : TilesOfTwo.places
        let (rows, columns) = (geometry.output[1].divided(upBy: tileOutputs), geometry.output[2].divided(upBy: tileOutputs))
        let total = max(1, geometry.batch * rows * columns), threads = Parallel.threads
        workers = total >= threads * Self.leastTiles ? threads : 1
        let fitting = max(Self.leastTiles, Self.chunkBytes / (places * (inputs + outputs) * MemoryLayout<Float>.size))
        // As many chunks for every worker.
        chunk = total.divided(upBy: total.divided(upBy: fitting).divided(upBy: workers) * workers)
        let source = try MemoryDescription([1, places * inputs, 1, chunk], Layout.narrow.tag)
        let destination = try MemoryDescription([1, places * outputs, 1, chunk], Layout.narrow.tag)
        // Places x O x I, in blocks of eight by eight.
        let weights = try MemoryDescription([places, outputs, inputs, 1, 1], dnnl_aBCde8c8b)
        var window = vitrine_window(stride: (1, 1), dilation: (0, 0), padding_low: (0, 0), padding_high: (0, 0), kernel: (1, 1))
        product = try Primitive("a convolution of tiles") {
            vitrine_convolution_forward(
                &$0, $1, dnnl_convolution_direct, source.handle, weights.handle, nil, destination.handle, &window, $2)
        }
        guard product.computesFast else { throw Problem("oneDNN has no fast product of tiles on this processor") }
        (self.rows, self.columns) = (rows, columns)
        (self.source, self.destination, self.weights) = (source, destination, weights)
    }

    var packedBytes: Int { weights.bytes }
    var implementation: String { "tiles of \(tileOutputs), \(product.implementation)" }
    var scratchBytes: Int { workers * workerBytes }
    private var workerBytes: Int { source.bytes.upToCacheLine + destination.bytes.upToCacheLine + product.scratchBytes.upToCacheLine }

    /// What a chunk is worked on with.
    private struct Worker {
        let transformed: UnsafeMutablePointer<HalfLane>
        let products: UnsafeMutablePointer<HalfLane>
        let arguments: Primitive.Arguments
        let stream: Stream
    }

    /// The step that sets `output` to `activation(W * x + b + added)` with `kernels` as `pack` left them. `bias`, `kernels` and `added` are
    /// read at every run.
    func bind(
        source input: UnsafeMutablePointer<Float>, kernels: UnsafeMutableRawPointer, bias: UnsafePointer<Float>?,
        added: UnsafeMutablePointer<Float>?, activation: Activation?, destination output: UnsafeMutablePointer<Float>,
        scratch: UnsafeMutableRawPointer
    ) throws -> BoundStep {
        let workers = try (0..<workers).map { number in
            let place = scratch + number * workerBytes, products = place + source.bytes.upToCacheLine
            let arguments = Primitive.Arguments()
            try arguments.bind(DNNL_ARG_SRC, source, place)
            try arguments.bind(DNNL_ARG_DST, destination, products)
            try arguments.bind(DNNL_ARG_WEIGHTS, weights, kernels)
            try arguments.bindScratch(of: product, products + destination.bytes.upToCacheLine)
            return Worker(transformed: place.halfLanes, products: products.halfLanes, arguments: arguments, stream: try Stream())
        }
        let (from, to, plus) = (input.halfLanes, output.halfLanes, added?.halfLanes)
        let blocks = (input: geometry.input[0] / HalfLane.scalarCount, output: geometry.output[0] / HalfLane.scalarCount)
        let total = geometry.batch * rows * columns
        return { [self] stream in
            func before(_ tiles: Range<Int>, _ blocks: Range<Int>, _ worker: Worker) {
                if tileOutputs == TilesOfFour.outputs {
                    transformInput(TilesOfFour.self, from, tiles: tiles, blocks: blocks, into: worker.transformed)
                } else {
                    transformInput(TilesOfTwo.self, from, tiles: tiles, blocks: blocks, into: worker.transformed)
                }
            }
            func after(_ tiles: Range<Int>, _ blocks: Range<Int>, _ worker: Worker) {
                let end = (bias: bias, added: plus, activation: activation)
                if tileOutputs == TilesOfFour.outputs {
                    transformOutput(TilesOfFour.self, worker.products, end, tiles: tiles, blocks: blocks, into: to)
                } else {
                    transformOutput(TilesOfTwo.self, worker.products, end, tiles: tiles, blocks: blocks, into: to)
                }
            }
            guard workers.count > 1 else {
                for first in stride(from: 0, to: total, by: chunk) {
                    let tiles = first..<min(total, first + chunk), least = Self.leastTransforms / tiles.count
                    Parallel.ranges(blocks.input, minimum: least) { before(tiles, $0, workers[0]) }
                    try product.run(on: stream, workers[0].arguments)
                    Parallel.ranges(blocks.output, minimum: least) { after(tiles, $0, workers[0]) }
                }
                return
            }
            // Each worker takes chunks until there are none, so that it does not matter how many threads there are by now.
            let failure = FirstFailure(), next = Atomic(0)
            Parallel.forEach(workers.count) { _, number in
                let worker = workers[number]
                while true {
                    let first = next.wrappingAdd(chunk, ordering: .relaxed).oldValue
                    guard first < total else { return }
                    let tiles = first..<min(total, first + chunk)
                    before(tiles, 0..<blocks.input, worker)
                    failure.catching { try product.run(on: worker.stream, worker.arguments) }
                    after(tiles, 0..<blocks.output, worker)
                }
            }
            try failure.rethrow()
        }
    }

    /// Writes transformed kernels to `memory`, `packedBytes`. `kernels` lie as O x I x 3 x 3; with `isTurned` as I x O x 3 x 3, and are
    /// turned by half a turn on the way: those of the pullback.
    func pack(_ kernels: UnsafePointer<Float>, isTurned: Bool, into memory: UnsafeMutableRawPointer) {
        if tileOutputs == TilesOfFour.outputs {
            transformKernels(TilesOfFour.self, kernels, isTurned: isTurned, into: memory.halfLanes)
        } else {
            transformKernels(TilesOfTwo.self, kernels, isTurned: isTurned, into: memory.halfLanes)
        }
    }
}

extension UnsafeMutablePointer<Float> {
    /// The same memory as blocks of eight. The address must be a multiple of 32 bytes.
    fileprivate var halfLanes: UnsafeMutablePointer<HalfLane> { UnsafeMutableRawPointer(self).halfLanes }
}

extension UnsafeMutableRawPointer {
    fileprivate var halfLanes: UnsafeMutablePointer<HalfLane> { assumingMemoryBound(to: HalfLane.self) }
}
