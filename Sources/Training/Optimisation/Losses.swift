import Tensors

/// Loss functions of scores in blocked buffers, each with its gradient: a softmax over the channels at every position, compared
/// with what is wanted there, averaged over the positions of all images.
///
/// Values are added up in the order of images and positions, whatever the number of threads.
public enum Losses {
    /// Where the gradient of a loss goes: a blocked buffer of the scores' extent, channels past the last zero.
    public struct Gradient {
        let address: UnsafeMutablePointer<Float>
        /// What the loss counts.
        let weight: Float
        /// False to replace what is in the buffer.
        let adds: Bool

        public init(_ address: UnsafeMutablePointer<Float>, weight: Float = 1, adds: Bool = false) {
            self.address = address
            self.weight = weight
            self.adds = adds
        }
    }

    /// Where the gradient of one image goes, and what its values are multiplied with.
    struct Slopes {
        private let values: UnsafeMutablePointer<Lane>
        private let weight: Float
        private let adds: Bool

        init(_ gradient: Gradient, _ image: Int, _ extent: MapExtent, temperature: Float = 1) {
            values = gradient.address.lanes + image * extent.lanesPerImage
            weight = gradient.weight * temperature / Float(extent.positions)
            adds = gradient.adds
        }

        @inline(__always)
        func put(_ difference: Lane, at place: Int) {
            let slope = difference * weight
            values[place] = adds ? values[place] + slope : slope
        }
    }

    /// Sets `results` to the logarithm of the sum over channels of `exp(scale * s)` at every position of one image.
    static func logSumExp(
        _ scores: UnsafePointer<Lane>, _ extent: MapExtent, scale: Float = 1, into results: UnsafeMutableBufferPointer<Float>
    ) {
        let (area, blocks, mask) = (extent.area, extent.blocks, extent.lastBlockMask)
        withUnsafeTemporaryAllocation(of: Lane.self, capacity: 2 * area) { scratch in
            guard let largest = scratch.baseAddress else { return }
            let sums = largest + area
            // Block by block over all positions: in the order of the memory.
            for position in 0..<area {
                largest[position] = Lane(repeating: -.infinity)
                sums[position] = Lane(repeating: 0)
            }
            for block in 0..<blocks {
                let (from, offset) = (scores + block * area, block == blocks - 1 ? mask : Lane(repeating: 0))
                for position in 0..<area {
                    let x = from[position] * scale + offset
                    largest[position].replace(with: x, where: .!(x .<= largest[position]))
                }
            }
            for position in 0..<area {
                // A score that is not a number makes the maximum, and so the loss, none either.
                let lane = largest[position]
                var most = lane[0]
                for place in 1..<Layout.block where !(lane[place] <= most) { most = lane[place] }
                results[position] = most
            }
            for block in 0..<blocks {
                let (from, offset) = (scores + block * area, block == blocks - 1 ? mask : Lane(repeating: 0))
                for position in 0..<area {
                    sums[position] += VectorExponential.exp(from[position] * scale + offset - results[position])
                }
            }
            for position in 0..<area { results[position] += logarithm(sums[position].sum()) }
        }
    }

    /// Calls `body` for every image, on several threads, with memory for `rows` numbers at each of its positions. Returns the sum
    /// of what it returns, in the order of the images.
    static func sum(
        over extent: MapExtent, rows: Int, _ body: (_ image: Int, _ scratch: UnsafeMutableBufferPointer<Float>) -> Double
    ) -> Double {
        var values = [Double](repeating: 0, count: extent.batch)
        values.withUnsafeMutableBufferPointer { values in
            // A thread is not worth waking for less than some thousand exponentials.
            Parallel.ranges(extent.batch, minimum: 1 + 4096 / (extent.lanesPerImage * Layout.block)) { images in
                withUnsafeTemporaryAllocation(of: Float.self, capacity: rows * extent.area) { scratch in
                    for image in images { values[image] = body(image, scratch) }
                }
            }
        }
        return values.reduce(0, +)
    }
}
