public import Network
import Run

/// What a picture is asked to be besides typical: smooth, and faint.
///
/// `t (|dx| + |dy| + |d/| + |d\|) + n |x|` with Euclidean norms, not squared, over all colours: of the differences between neighbours
/// to the right, below and along both diagonals, and of the picture itself (VITAL's code, after DeepInversion, Yin et al. 2020).
/// Neighbours do not reach over the picture's edge.
public struct ImagePrior: Sendable, Hashable {
    /// `t`, the coefficient of the total variation.
    public var totalVariation: Float
    /// `n`, the coefficient of the picture's own norm.
    public var norm: Float

    public init(totalVariation: Float, norm: Float) {
        self.totalVariation = totalVariation
        self.norm = norm
    }

    /// The published prior of a network's classes.
    public init(classesOf network: ImageNetwork) {
        self.init(totalVariation: network.prior.totalVariation, norm: network.prior.norm)
    }

    public static let none = ImagePrior(totalVariation: 0, norm: 0)
    /// The published prior of inner units.
    public static let unit = ImagePrior(totalVariation: 3e-7, norm: 3e-7)

    /// The value at `picture`, C x H x W of `size` (H, W).
    public func value(at picture: UnsafePointer<Float>, size: [Int], channels: Int = 3) -> Float {
        var total = 0.0
        if totalVariation != 0 {
            total += Double(totalVariation) * TotalVariation.lengths(picture, size: size, channels: channels).reduce(0, +)
        }
        if norm != 0 { total += Double(norm) * Self.length(picture, size, channels) }
        return Float(total)
    }

    /// Adds the gradient at `picture` to `gradient`, both C x H x W of `size`. Where a norm is 0 its gradient is taken as 0.
    public func addGradient(
        at picture: UnsafePointer<Float>, size: [Int], channels: Int = 3, to gradient: UnsafeMutablePointer<Float>
    ) {
        if totalVariation != 0 {
            TotalVariation.addGradient(
                picture, size: size, channels: channels, lengths: TotalVariation.lengths(picture, size: size, channels: channels),
                weight: totalVariation, to: gradient)
        }
        if norm != 0 {
            let length = Self.length(picture, size, channels)
            guard length > 0 else { return }
            let scale = norm / Float(length)
            for i in 0..<channels * size[0] * size[1] { gradient[i] += scale * picture[i] }
        }
    }

    private static func length(_ picture: UnsafePointer<Float>, _ size: [Int], _ channels: Int) -> Double {
        var sum = 0.0
        for row in 0..<channels * size[0] {
            var part: Float = 0
            for i in row * size[1]..<(row + 1) * size[1] { part += picture[i] * picture[i] }
            sum += Double(part)
        }
        return sum.squareRoot()
    }
}

extension Prototype.Prior {
    /// As a document says it; nil where there is none.
    init?(_ prior: ImagePrior) {
        guard prior != .none else { return nil }
        self.init(totalVariation: prior.totalVariation, norm: prior.norm)
    }
}
