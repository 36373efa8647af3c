import Diagnostics

/// Rows and columns of zeros around a map.
public enum Padding: Sendable, Hashable {
    /// Above and left; below and right.
    case explicit(low: [Int], high: [Int])
    /// As much as makes the output `ceil(input / stride)`, the odd row and column below and right (TensorFlow's SAME).
    case same
    /// As much on every side, and below and right what completes a last window that begins inside (a pool's ceiling mode).
    case roundedUp(Int)

    public static func symmetric(_ amount: Int) -> Padding { .explicit(low: [amount, amount], high: [amount, amount]) }

    /// The padding in numbers for an input of `size` (height, width).
    public func resolved(size: [Int], kernel: [Int], stride: [Int], dilation: [Int]) -> (low: [Int], high: [Int]) {
        switch self {
        case .explicit(let low, let high): return (low, high)
        case .same:
            var low: [Int] = [], high: [Int] = []
            for axis in 0..<2 {
                let output = (size[axis] + stride[axis] - 1) / stride[axis]
                let total = max((output - 1) * stride[axis] + (kernel[axis] - 1) * dilation[axis] + 1 - size[axis], 0)
                low.append(total / 2)
                high.append(total - total / 2)
            }
            return (low, high)
        case .roundedUp(let amount):
            let high = (0..<2).map { axis in
                let reach = (kernel[axis] - 1) * dilation[axis] + 1
                var last = max(size[axis] + 2 * amount - reach + stride[axis] - 1, 0) / stride[axis] * stride[axis]
                if last >= size[axis] + amount { last -= stride[axis] }
                return max(last + reach - size[axis] - amount, amount)
            }
            return ([amount, amount], high)
        }
    }

    /// Height and width of what a window that moves over an input of `size` (height, width) gives. Throws a `Problem` when
    /// the input is smaller than the window.
    func outputExtents(size: [Int], kernel: [Int], stride: [Int], dilation: [Int]) throws -> [Int] {
        let (low, high) = resolved(size: size, kernel: kernel, stride: stride, dilation: dilation)
        let extents = (0..<2).map { axis in
            let span = size[axis] + low[axis] + high[axis] - (kernel[axis] - 1) * dilation[axis] - 1
            return span < 0 ? 0 : span / stride[axis] + 1
        }
        guard extents.allSatisfy({ $0 > 0 }) else {
            throw Problem("cannot run on a \(size[0]) x \(size[1]) map", remedy: "Use a higher resolution.")
        }
        return extents
    }
}
