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

    /// The offsets to the neighbours, rows and columns.
    private static let neighbours = [(0, 1), (1, 0), (1, -1), (1, 1)]

    /// The value at `picture`, 3 x H x W of `size` (H, W).
    public func value(at picture: UnsafePointer<Float>, size: [Int]) -> Float {
        var total = 0.0
        if totalVariation != 0 {
            total += Double(totalVariation) * Self.neighbours.reduce(0) { $0 + Self.distance(picture, size, $1) }
        }
        if norm != 0 { total += Double(norm) * Self.length(picture, size) }
        return Float(total)
    }

    /// Adds the gradient at `picture` to `gradient`, both 3 x H x W of `size`. Where a norm is 0 its gradient is taken as 0.
    public func addGradient(at picture: UnsafePointer<Float>, size: [Int], to gradient: UnsafeMutablePointer<Float>) {
        if totalVariation != 0 {
            for offset in Self.neighbours {
                let distance = Self.distance(picture, size, offset)
                guard distance > 0 else { continue }
                let scale = totalVariation / Float(distance)
                Self.forEachPair(size, offset) { first, second, count in
                    for i in 0..<count {
                        let slope = scale * (picture[second + i] - picture[first + i])
                        gradient[second + i] += slope
                        gradient[first + i] -= slope
                    }
                }
            }
        }
        if norm != 0 {
            let length = Self.length(picture, size)
            guard length > 0 else { return }
            let scale = norm / Float(length)
            for i in 0..<3 * size[0] * size[1] { gradient[i] += scale * picture[i] }
        }
    }

    private static func length(_ picture: UnsafePointer<Float>, _ size: [Int]) -> Double {
        var sum = 0.0
        for row in 0..<3 * size[0] {
            var part: Float = 0
            for i in row * size[1]..<(row + 1) * size[1] { part += picture[i] * picture[i] }
            sum += Double(part)
        }
        return sum.squareRoot()
    }

    /// The Euclidean norm of the differences between neighbours `offset` apart.
    private static func distance(_ picture: UnsafePointer<Float>, _ size: [Int], _ offset: (y: Int, x: Int)) -> Double {
        var sum = 0.0
        forEachPair(size, offset) { first, second, count in
            var part: Float = 0
            for i in 0..<count {
                let difference = picture[second + i] - picture[first + i]
                part += difference * difference
            }
            sum += Double(part)
        }
        return sum.squareRoot()
    }

    /// Calls `body` for every row with where its neighbours begin and how many of them there are.
    private static func forEachPair(_ size: [Int], _ offset: (y: Int, x: Int), _ body: (_ first: Int, _ second: Int, _ count: Int) -> Void) {
        let (height, width) = (size[0], size[1])
        let count = width - abs(offset.x)
        guard count > 0 else { return }
        for colour in 0..<3 {
            for y in 0..<height - offset.y {
                let row = (colour * height + y) * width
                body(row + max(0, -offset.x), row + offset.y * width + max(0, offset.x), count)
            }
        }
    }
}

extension Prototype.Prior {
    /// As a document says it; nil where there is none.
    init?(_ prior: ImagePrior) {
        guard prior != .none else { return nil }
        self.init(totalVariation: prior.totalVariation, norm: prior.norm)
    }
}
