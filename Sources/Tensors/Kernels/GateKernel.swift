/// Blocked maps and one value a channel, combined position by position: squeeze-and-excitation's product, and sums.
public enum GateKernel {
    /// Sets `result` to `function(map, gate)`, where `gate` has one position an image; sum, difference and product keep lanes past the
    /// last channel zero. `blocks` counts those of all images.
    public static func forward(
        _ function: BinaryFunction, map: UnsafeMutablePointer<Float>, gate: UnsafeMutablePointer<Float>,
        result: UnsafeMutablePointer<Float>, blocks: Int, area: Int
    ) {
        let (x, g, y) = (map.lanes, gate.lanes, result.lanes)
        for block in 0..<blocks {
            let value = g[block]
            let range = block * area..<(block + 1) * area
            switch function {
            case .product: for i in range { y[i] = x[i] * value }
            case .sum: for i in range { y[i] = x[i] + value }
            default: for i in range { y[i] = x[i] - value }
            }
        }
    }

    /// The gradient at the map.
    public static func pullbackToMap(
        _ function: BinaryFunction, gate: UnsafeMutablePointer<Float>, outputGradient: UnsafeMutablePointer<Float>,
        inputGradient: UnsafeMutablePointer<Float>, blocks: Int, area: Int
    ) {
        let (g, dy, dx) = (gate.lanes, outputGradient.lanes, inputGradient.lanes)
        for block in 0..<blocks {
            let value = function == .product ? g[block] : Lane(repeating: 1)
            for i in block * area..<(block + 1) * area { dx[i] = dy[i] * value }
        }
    }

    /// The gradient at the gate: summed over positions.
    public static func pullbackToGate(
        _ function: BinaryFunction, map: UnsafeMutablePointer<Float>, outputGradient: UnsafeMutablePointer<Float>,
        inputGradient: UnsafeMutablePointer<Float>, blocks: Int, area: Int
    ) {
        let (x, dy, dg) = (map.lanes, outputGradient.lanes, inputGradient.lanes)
        for block in 0..<blocks {
            var total = Lane(repeating: 0)
            let range = block * area..<(block + 1) * area
            switch function {
            case .product: for i in range { total += dy[i] * x[i] }
            case .sum: for i in range { total += dy[i] }
            default: for i in range { total -= dy[i] }
            }
            dg[block] = total
        }
    }
}
