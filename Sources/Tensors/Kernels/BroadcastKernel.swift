/// A function of two numbers that is applied value by value to two arrays.
public enum BinaryFunction: String, Sendable, Hashable, CaseIterable {
    case sum, difference, product, quotient, maximum, minimum

    @inlinable public func callAsFunction<T: FloatingPoint>(_ a: T, _ b: T) -> T {
        switch self {
        case .sum: a + b
        case .difference: a - b
        case .product: a * b
        case .quotient: a / b
        case .maximum: a >= b ? a : b
        case .minimum: a <= b ? a : b
        }
    }

    /// The derivatives by `a` and by `b`. Of equals the larger and the smaller are both, half each, as PyTorch takes it.
    @inlinable public func derivatives<T: FloatingPoint>(_ a: T, _ b: T) -> (T, T) {
        switch self {
        case .sum: (1, 1)
        case .difference: (1, -1)
        case .product: (b, a)
        case .quotient: (1 / b, -a / (b * b))
        case .maximum: a > b ? (1, 0) : a < b ? (0, 1) : (1 / 2, 1 / 2)
        case .minimum: a < b ? (1, 0) : a > b ? (0, 1) : (1 / 2, 1 / 2)
        }
    }
}

/// A function of two row-major arrays with NumPy's broadcasting, prepared for given shapes, with its pullbacks.
public struct BroadcastKernel: Sendable {
    private let function: BinaryFunction
    private let strides: Strides
    private let counts: [Int]

    /// For arrays of extents `left` and `right` that are both seen as `result`.
    public init(_ function: BinaryFunction, left: [Int], right: [Int], result: [Int]) {
        self.function = function
        strides = Strides(
            extents: result,
            distances: [
                Strides.broadcasting(result, to: result), Strides.broadcasting(left, to: result),
                Strides.broadcasting(right, to: result),
            ])
        counts = [left.reduce(1, *), right.reduce(1, *)]
    }

    public func forward(_ left: UnsafePointer<Float>, _ right: UnsafePointer<Float>, _ result: UnsafeMutablePointer<Float>) {
        let (count, near) = (strides.runLength, strides.runDistances)
        func run(_ combine: (Float, Float) -> Float) {
            strides.forEachRun { to, a, b in
                let (out, x, y) = (result + to, left + a, right + b)
                if near[1] == 1, near[2] == 1 {
                    for i in 0..<count { out[i] = combine(x[i], y[i]) }
                } else if near[1] == 1, near[2] == 0 {
                    let value = y[0]
                    for i in 0..<count { out[i] = combine(x[i], value) }
                } else {
                    for i in 0..<count { out[i * near[0]] = combine(x[i * near[1]], y[i * near[2]]) }
                }
            }
        }
        // One loop for each function, so that the compiler can vectorise it.
        switch function {
        case .sum: run { $0 + $1 }
        case .difference: run { $0 - $1 }
        case .product: run { $0 * $1 }
        default: run { function($0, $1) }
        }
    }

    /// Writes the gradient at the left input (0) or the right (1). `left` and `right` are those of the forward pass.
    public func pullback(
        to input: Int, _ left: UnsafePointer<Float>, _ right: UnsafePointer<Float>, outputGradient: UnsafePointer<Float>,
        inputGradient: UnsafeMutablePointer<Float>
    ) {
        inputGradient.update(repeating: 0, count: counts[input])
        let (count, near) = (strides.runLength, strides.runDistances)
        strides.forEachRun { from, a, b in
            let (dy, x, y) = (outputGradient + from, left + a, right + b)
            let target = inputGradient + (input == 0 ? a : b)
            let step = near[1 + input]
            func run(_ slope: (Float, Float) -> Float) {
                if step == 0 {
                    var total: Float = 0
                    for i in 0..<count { total += dy[i] * slope(x[i * near[1]], y[i * near[2]]) }
                    target[0] += total
                } else {
                    for i in 0..<count { target[i * step] += dy[i] * slope(x[i * near[1]], y[i * near[2]]) }
                }
            }
            switch (function, input) {
            case (.sum, _), (.difference, 0): run { _, _ in 1 }
            case (.product, 0): run { $1 }
            case (.product, _): run { a, _ in a }
            case (_, 0): run { function.derivatives($0, $1).0 }
            default: run { function.derivatives($0, $1).1 }
            }
        }
    }
}
