/// Rows and columns of zeros around a map.
public enum Padding: Sendable, Hashable {
    /// Above and left; below and right.
    case explicit(low: [Int], high: [Int])
    /// As much as makes the output `ceil(input / stride)`, the odd row and column below and right (TensorFlow's SAME).
    case same

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
        }
    }
}
