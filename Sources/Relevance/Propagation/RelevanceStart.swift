import Diagnostics
import Network
public import Tensors

/// Where relevance begins, and with how much.
public enum RelevanceStart: Sendable, Equatable {
    /// A unit's whole map: its own activations. With sign -1 those below zero, with their sign turned: what speaks against it.
    case map(unit: Int, sign: Float = 1)
    /// The position where the layer's values lie closest to a unit's direction, with 1 there (VITAL's "restricted" start).
    case bestPosition(unit: Int)
    /// The position where the layer's values have the largest cosine with a direction in channel space, with the direction itself there.
    case direction([Float])
    /// A direction everywhere: every channel's part in the projection on it.
    case projection([Float])

    /// Writes the start for one image: `map` holds the layer's values and `seed` takes the start, both blocked, of `shape` (C x H x W).
    /// A composite of gradients starts from 1 where one of relevance starts from the value.
    public func write(
        _ map: UnsafePointer<Float>, shape: Shape, quantity: Composite.Quantity, into seed: UnsafeMutablePointer<Float>
    ) {
        let area = shape[1] * shape[2]
        seed.update(repeating: 0, count: Layout.blocks(shape[0]) * area * 16)
        func place(_ channel: Int, _ position: Int) -> Int { (channel / 16 * area + position) * 16 + channel % 16 }
        switch self {
        case .map(let unit, let sign):
            for position in 0..<area {
                let value = map[place(unit, position)]
                if quantity != .relevance {
                    seed[place(unit, position)] = sign
                } else if sign > 0 || value < 0 {
                    seed[place(unit, position)] = sign * value
                }
            }
        case .bestPosition(let unit):
            seed[place(unit, bestPosition(map, shape, direction: nil, unit: unit))] = 1
        case .direction(let direction):
            let position = bestPosition(map, shape, direction: direction, unit: 0)
            for channel in 0..<shape[0] { seed[place(channel, position)] = direction[channel] }
        case .projection(let direction):
            for channel in 0..<shape[0] {
                for position in 0..<area {
                    seed[place(channel, position)] = direction[channel] * (quantity == .relevance ? map[place(channel, position)] : 1)
                }
            }
        }
    }

    /// The position with the largest cosine between its values and `direction`, or the axis of `unit`; the first of equals.
    private func bestPosition(_ map: UnsafePointer<Float>, _ shape: Shape, direction: [Float]?, unit: Int) -> Int {
        let area = shape[1] * shape[2]
        var best = (cosine: -Double.infinity, position: 0)
        for position in 0..<area {
            var product = 0.0, square = 0.0
            for channel in 0..<shape[0] {
                let value = Double(map[(channel / 16 * area + position) * 16 + channel % 16])
                square += value * value
                product += value * Double(direction?[channel] ?? (channel == unit ? 1 : 0))
            }
            // The direction's own length is the same everywhere.
            let cosine = square > 0 ? product / square.squareRoot() : -Double.infinity
            if cosine > best.cosine { best = (cosine, position) }
        }
        return best.position
    }
}
