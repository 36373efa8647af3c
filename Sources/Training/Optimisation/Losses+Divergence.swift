import Tensors

extension Losses {
    /// The mean over all positions of `T^2 KL(softmax(t / T) || softmax(s / T))`, summed over channels: with a temperature T of one
    /// the divergence of one softmax from another; with logits and a higher one the loss of knowledge distillation (Hinton et
    /// al. 2015, section 2; the factor keeps the size of the gradient).
    ///
    /// - Parameters:
    ///   - scores: s, blocked, of `extent`.
    ///   - targets: t, as `scores`. No gradient goes to them.
    public static func divergence(
        _ scores: UnsafePointer<Float>, _ extent: MapExtent, fromScores targets: UnsafePointer<Float>, temperature: Float = 1,
        gradient: Gradient? = nil
    ) -> Double {
        let (area, blocks, mask, scale) = (extent.area, extent.blocks, extent.lastBlockMask, 1 / temperature)
        let loss = sum(over: extent, rows: 2) { image, scratch in
            let from = scores.lanes + image * extent.lanesPerImage
            let wanted = targets.lanes + image * extent.lanesPerImage
            let sums = UnsafeMutableBufferPointer(rebasing: scratch[..<area])
            let wantedSums = UnsafeMutableBufferPointer(rebasing: scratch[area...])
            logSumExp(from, extent, scale: scale, into: sums)
            logSumExp(wanted, extent, scale: scale, into: wantedSums)
            let slopes = gradient.map { Slopes($0, image, extent, temperature: temperature) }
            var loss = 0.0
            for block in 0..<blocks {
                let offset = block == blocks - 1 ? mask : Lane(repeating: 0)
                var total = Lane(repeating: 0)
                for position in 0..<area {
                    let place = block * area + position
                    let s = from[place] * scale - sums[position], t = wanted[place] * scale - wantedSums[position]
                    let q = VectorExponential.exp(t + offset)
                    total += q * (t - s)
                    slopes?.put(VectorExponential.exp(s + offset) - q, at: place)
                }
                loss += Double(total.sum())
            }
            return loss
        }
        return loss * Double(temperature * temperature) / Double(extent.positions)
    }

    /// The mean over all positions of `KL(q || softmax(s))`, summed over channels.
    ///
    /// - Parameters:
    ///   - scores: s, blocked, of `extent`.
    ///   - shares: q, as `scores`: at every position numbers that are not negative and sum to one.
    public static func divergence(
        _ scores: UnsafePointer<Float>, _ extent: MapExtent, fromShares shares: UnsafePointer<Float>, gradient: Gradient? = nil
    ) -> Double {
        let lanes = shares.lanes
        return divergence(scores, extent, gradient: gradient, stride: extent.area) { image, position in
            lanes + image * extent.lanesPerImage + position
        } negativeEntropy: { image in
            var total = 0.0
            for block in 0..<extent.blocks {
                var sum = Lane(repeating: 0)
                for place in 0..<extent.area {
                    let q = lanes[image * extent.lanesPerImage + block * extent.area + place]
                    // q log q tends to zero with q.
                    let isThere = q .> Float.leastNormalMagnitude
                    sum += (q * VectorExponential.log(q)).replacing(with: 0, where: .!isThere)
                }
                total += Double(sum.sum())
            }
            return total
        }
    }

    /// The mean over all positions of `KL(q || softmax(s))`, summed over channels, where q is one of `distributions`.
    ///
    /// - Parameters:
    ///   - scores: s, blocked, of `extent`.
    ///   - choices: which distribution every position of every image is to have, N x H x W.
    public static func divergence(
        _ scores: UnsafePointer<Float>, _ extent: MapExtent, from distributions: TargetDistributions, choices: [Int],
        gradient: Gradient? = nil
    ) -> Double {
        precondition(distributions.channels == extent.channels, "distributions over other channels")
        precondition(choices.count == extent.positions, "a choice for every position")
        precondition(choices.allSatisfy { (0..<distributions.count).contains($0) }, "a choice is beyond the distributions")
        let rows = UnsafePointer(distributions.rows.floats()).lanes
        return divergence(scores, extent, gradient: gradient, stride: 1) { image, position in
            rows + choices[image * extent.area + position] * extent.blocks
        } negativeEntropy: { image in
            choices[image * extent.area..<(image + 1) * extent.area].reduce(0) { $0 + distributions.negativeEntropies[$1] }
        }
    }

    /// - Parameters:
    ///   - stride: from one block of a position's target to the next.
    ///   - target: where the first block of a position's target is.
    ///   - negativeEntropy: the sum of `q log q` over channels and positions of an image.
    private static func divergence(
        _ scores: UnsafePointer<Float>, _ extent: MapExtent, gradient: Gradient?, stride: Int,
        target: (_ image: Int, _ position: Int) -> UnsafePointer<Lane>, negativeEntropy: (_ image: Int) -> Double
    ) -> Double {
        let (area, blocks, mask) = (extent.area, extent.blocks, extent.lastBlockMask)
        let loss = sum(over: extent, rows: 1) { image, sums in
            let from = scores.lanes + image * extent.lanesPerImage
            logSumExp(from, extent, into: sums)
            let slopes = gradient.map { Slopes($0, image, extent) }
            return withUnsafeTemporaryAllocation(of: UnsafePointer<Lane>.self, capacity: area) { targets in
                for position in 0..<area { targets[position] = target(image, position) }
                var crossEntropy = 0.0
                for block in 0..<blocks {
                    let offset = block == blocks - 1 ? mask : Lane(repeating: 0)
                    var total = Lane(repeating: 0)
                    for position in 0..<area {
                        let place = block * area + position
                        let s = from[place] - sums[position], q = targets[position][block * stride]
                        total += q * s
                        slopes?.put(VectorExponential.exp(s + offset) - q, at: place)
                    }
                    crossEntropy -= Double(total.sum())
                }
                return crossEntropy + negativeEntropy(image)
            }
        }
        return loss / Double(extent.positions)
    }
}
