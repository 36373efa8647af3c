/// The transforms of kernels, maps and products: specialized for each size of tile, the same bits on any number of threads.
extension TileConvolution {
    /// Sets `target` to `G g G^T` of all kernels g: places x O/8 x I x 8.
    @inline(__always)
    func transformKernels<T: TileTransform>(
        _: T.Type, _ kernels: UnsafePointer<Float>, isTurned: Bool, into target: UnsafeMutablePointer<HalfLane>
    ) {
        let taps = 9, (inputs, outputs) = (geometry.input[0], geometry.output[0])
        let (outputStep, inputStep) = isTurned ? (taps, outputs * taps) : (inputs * taps, taps)
        let pairs = outputs / HalfLane.scalarCount * inputs
        Parallel.ranges(pairs, minimum: 64) { range in
            withUnsafeTemporaryAllocation(of: HalfLane.self, capacity: taps + 3 * T.side) { memory in
                guard let kernel = memory.baseAddress else { return }
                let half = kernel + taps
                for pair in range {
                    let first = kernels + pair / inputs * HalfLane.scalarCount * outputStep + pair % inputs * inputStep
                    for tap in 0..<taps {
                        let from = first + (isTurned ? taps - 1 - tap : tap)
                        var lane = HalfLane()
                        for number in 0..<HalfLane.scalarCount { lane[number] = from[number * outputStep] }
                        kernel[tap] = lane
                    }
                    for column in 0..<3 { T.kernel(kernel + column, 3, to: half + column, 3) }
                    for row in 0..<T.side { T.kernel(half + 3 * row, 1, to: target + row * T.side * pairs + pair, pairs) }
                }
            }
        }
    }

    /// Sets `target` to `B^T d B` of `tiles` d, counted through all images: places x I/8 x tiles x 8, for some of the `blocks`.
    @inline(__always)
    func transformInput<T: TileTransform>(
        _: T.Type, _ source: UnsafePointer<HalfLane>, tiles: Range<Int>, blocks: Range<Int>, into target: UnsafeMutablePointer<HalfLane>
    ) {
        let side = T.side, (height, width) = (geometry.input[1], geometry.input[2])
        let place = geometry.input[0] / HalfLane.scalarCount * chunk
        withUnsafeTemporaryAllocation(of: HalfLane.self, capacity: 2 * T.places) { memory in
            guard let copy = memory.baseAddress else { return }
            let half = copy + T.places
            for block in blocks {
                forEachTile(tiles, geometry.input, block: block) { number, row, column, begin, step in
                    let y = row * T.outputs - geometry.paddingLow[0], x = column * T.outputs - geometry.paddingLow[1]
                    let map = source + begin
                    if y >= 0, x >= 0, y + side <= height, x + side <= width {
                        let corner = map + (y * width + x) * step
                        for column in 0..<side { T.input(corner + column * step, width * step, to: half + column, side) }
                    } else {
                        for row in 0..<side {
                            for column in 0..<side {
                                let isInside = y + row >= 0 && y + row < height && x + column >= 0 && x + column < width
                                copy[row * side + column] = isInside ? map[((y + row) * width + x + column) * step] : HalfLane()
                            }
                        }
                        for column in 0..<side { T.input(copy + column, side, to: half + column, side) }
                    }
                    let result = target + block * chunk + number
                    for row in 0..<side { T.input(half + row * side, 1, to: result + row * side * place, place) }
                }
            }
        }
    }

    /// Sets `tiles` of `target`, counted through all images, to `activation(A^T m A + b + added)` of products m, places x O/8 x tiles x 8,
    /// for some of the `blocks`.
    @inline(__always)
    func transformOutput<T: TileTransform>(
        _: T.Type, _ products: UnsafePointer<HalfLane>,
        _ end: (bias: UnsafePointer<Float>?, added: UnsafeMutablePointer<HalfLane>?, activation: Activation?), tiles: Range<Int>,
        blocks: Range<Int>, into target: UnsafeMutablePointer<HalfLane>
    ) {
        let side = T.side, m = T.outputs, (height, width) = (geometry.output[1], geometry.output[2])
        let place = geometry.output[0] / HalfLane.scalarCount * chunk
        withUnsafeTemporaryAllocation(of: HalfLane.self, capacity: m * side + m * m) { memory in
            guard let half = memory.baseAddress else { return }
            let result = half + m * side
            for block in blocks {
                var shift = HalfLane()
                if let bias = end.bias { for i in 0..<HalfLane.scalarCount { shift[i] = bias[block * HalfLane.scalarCount + i] } }
                forEachTile(tiles, geometry.output, block: block) { number, row, column, begin, step in
                    let from = products + block * chunk + number
                    for column in 0..<side { T.output(from + column * place, side * place, to: half + column, side) }
                    for row in 0..<m { T.output(half + row * side, 1, to: result + row * m, 1) }
                    let y = row * m, x = column * m
                    for row in 0..<min(m, height - y) {
                        for column in 0..<min(m, width - x) {
                            let position = begin + ((y + row) * width + x + column) * step
                            var value = result[row * m + column] + shift
                            if let added = end.added { value += added[position] }
                            end.activation?.apply(to: &value)
                            target[position] = value
                        }
                    }
                }
            }
        }
    }

    /// Calls `body` for `tiles`, with each one's number among them, its row and column in its map, and where the channels of `block` lie: half
    /// lanes from the buffer's beginning to the map, and from one position to the next.
    @inline(__always)
    private func forEachTile(
        _ tiles: Range<Int>, _ shape: Shape, block: Int,
        _ body: (_ number: Int, _ row: Int, _ column: Int, _ begin: Int, _ step: Int) -> Void
    ) {
        let blocks = shape[0] / HalfLane.scalarCount, area = shape[1] * shape[2]
        let (inBlock, step) = layout == .narrow ? (block * area, 1) : (block / 2 * 2 * area + block % 2, 2)
        var image = tiles.lowerBound / (rows * columns)
        var row = tiles.lowerBound % (rows * columns) / columns, column = tiles.lowerBound % columns
        for number in 0..<tiles.count {
            body(number, row, column, image * blocks * area + inBlock, step)
            column += 1
            if column == columns { (column, row) = (0, row + 1) }
            if row == rows { (row, image) = (0, image + 1) }
        }
    }
}

extension Activation {
    /// NaN stays NaN.
    @inline(__always)
    fileprivate func apply(to value: inout HalfLane) {
        value.replace(with: HalfLane(), where: value .< HalfLane())
        if case .clipped(let upper) = self { value.replace(with: HalfLane(repeating: upper), where: value .> upper) }
    }
}
