public import Tensors

/// Sort matching of the features that are relevant to a unit (VITAL, section 3.2), at one layer.
///
/// Every channel's relevance map `R` gives a mask `M = (R - min R) / (max R - min R + 1e-6)` over positions, on the real images and on
/// the picture alike. Matched are the masked features `M * A`, a channel's part multiplied with the mean over references of its importance: the
/// largest of `R` over positions, scaled to [0, 1] over channels. Masks are constants: the gradient is `M` times that of the
/// matching. With a `floor` above 0 masks and importance run from there to 1 and not from 0: what is not relevant still counts
/// for so much.
public final class RelevantMatching {
    /// Sums over references until `reference` divides them.
    public struct Gathering: Sendable {
        fileprivate var quantiles: QuantileFunction
        fileprivate var importance: [Double]

        public init(shape: Shape) {
            quantiles = QuantileFunction(shape: shape)
            importance = Array(repeating: 0, count: shape[0])
        }

        public var reference: MatchingReference {
            let scale = 1 / Double(max(1, quantiles.references))
            return MatchingReference(quantiles: quantiles.values, importance: importance.map { Float($0 * scale) })
        }
    }

    private static let epsilon: Float = 1e-6
    private typealias Lane = SIMD16<Float>

    private let shape: Shape
    private let floor: Float
    private let matching: SortMatching
    private let count: Int
    private let pictures: Int
    private let masks: UnsafeMutablePointer<Float>
    private let masked: UnsafeMutablePointer<Float>
    private let largest: UnsafeMutablePointer<Float>

    /// For maps of `shape` (C x H x W) of as many `pictures`, whose masks it keeps. Keeps its memory between calls; not to be shared.
    public init(shape: Shape, floor: Float = 0, pictures: Int = 1) throws {
        self.shape = shape
        self.floor = floor
        self.pictures = pictures
        matching = SortMatching(shape: shape)
        count = Layout.blocked.count(batch: 1, shape)
        buffer = try AlignedBuffer(bytes: ((pictures + 1) * count + Layout.blocks(shape[0]) * 16) * MemoryLayout<Float>.size)
        masks = buffer.floats()
        masked = masks + pictures * count
        largest = masked + count
    }

    private let buffer: AlignedBuffer

    private func lanes(_ values: UnsafePointer<Float>) -> UnsafePointer<Lane> {
        UnsafeRawPointer(values).assumingMemoryBound(to: Lane.self)
    }

    private func lanes(_ values: UnsafeMutablePointer<Float>) -> UnsafeMutablePointer<Lane> {
        UnsafeMutableRawPointer(values).assumingMemoryBound(to: Lane.self)
    }

    /// Computes masked features by the masks that `picture` has.
    private func remask(_ map: UnsafePointer<Float>, picture: Int) {
        let (values, masks, masked) = (lanes(map), lanes(masks + picture * count), lanes(masked))
        Parallel.ranges(count / 16, minimum: 2048) { for i in $0 { masked[i] = masks[i] * values[i] } }
    }

    /// Computes masks, masked features and every channel's largest relevance for a map and its relevance (both blocked).
    private func mask(_ map: UnsafePointer<Float>, _ relevance: UnsafePointer<Float>, picture: Int = 0) {
        let area = shape[1] * shape[2]
        let (values, relevance) = (lanes(map), lanes(relevance))
        let (masks, masked, largest) = (lanes(masks + picture * count), lanes(masked), lanes(largest))
        Parallel.ranges(Layout.blocks(shape[0]), minimum: 1 + 2048 / area) { blocks in
            for block in blocks {
                let range = block * area..<(block + 1) * area
                var low = relevance[range.lowerBound], high = low
                for i in range {
                    // Not `pointwiseMin`, which goes lane by lane.
                    let value = relevance[i]
                    low.replace(with: value, where: value .< low)
                    high.replace(with: value, where: value .>= high)
                }
                let scale = (1 - floor) / (high - low + Self.epsilon)
                for i in range {
                    let mask = floor + (relevance[i] - low) * scale
                    masks[i] = mask
                    masked[i] = mask * values[i]
                }
                largest[block] = high
            }
        }
    }

    /// The mask of a map's relevance, C x H x W row-major; for those who want to see it.
    public func maskTensor(_ map: UnsafePointer<Float>, relevance: UnsafePointer<Float>) -> (mask: Tensor, masked: Tensor, importance: [Float]) {
        mask(map, relevance)
        func tensor(_ values: UnsafeMutablePointer<Float>) -> Tensor {
            var result = Tensor(zeros: Shape([1] + shape.dimensions))
            result.values.withUnsafeMutableBufferPointer {
                if let base = $0.baseAddress { Layout.blocked.unpack(values, batch: 1, shape, into: base) }
            }
            return result
        }
        return (tensor(masks), tensor(masked), importance)
    }

    /// Every channel's largest relevance, scaled to [0, 1] over the channels, of the map that was masked last.
    private var importance: [Float] {
        let values = UnsafeBufferPointer(start: largest, count: shape[0])
        let low = values.min() ?? 0, high = values.max() ?? 0
        return values.map { floor + (1 - floor) * ($0 - low) / (high - low + Self.epsilon) }
    }

    /// Adds a reference: its map and relevance, both blocked.
    public func add(_ map: UnsafePointer<Float>, relevance: UnsafePointer<Float>, to gathering: inout Gathering) {
        mask(map, relevance)
        matching.add(masked, to: &gathering.quantiles)
        for (channel, value) in importance.enumerated() { gathering.importance[channel] += Double(value) }
    }

    /// Returns the loss of `map` with its relevance (both blocked) and writes `weight` times its gradient at the map into
    /// `gradient` (blocked), if asked. Without relevance the masks are those that `picture`, counted from 0, had the last time.
    public func loss(
        _ map: UnsafePointer<Float>, relevance: UnsafePointer<Float>?, picture: Int = 0, reference: MatchingReference, weight: Float = 1,
        gradient: UnsafeMutablePointer<Float>?
    ) -> Float {
        precondition(picture < pictures, "a picture that has masks")
        if let relevance { mask(map, relevance, picture: picture) } else { remask(map, picture: picture) }
        let loss = matching.loss(
            masked, quantiles: reference.quantiles, importance: reference.importance, weight: weight, gradient: gradient)
        if let gradient {
            let (slopes, masks) = (lanes(gradient), lanes(masks + picture * count))
            Parallel.ranges(count / 16, minimum: 2048) { for i in $0 { slopes[i] *= masks[i] } }
        }
        return loss
    }
}
