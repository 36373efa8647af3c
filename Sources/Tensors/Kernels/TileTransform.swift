/// One block of eight channels at one position.
typealias HalfLane = SIMD8<Float>

/// The linear maps of a minimal algorithm F(m x m, 3 x 3), each for one axis (Lavin and Gray 2016, "Fast Algorithms for Convolutional Neural
/// Networks", section 4): an output tile is `A^T ((G g G^T) * (B^T d B)) A` of a kernel g and an input tile d, summed over channels.
///
/// A column is read from `source`, its values `step` lanes apart, and the result written to `target`, `targetStep` lanes apart.
protocol TileTransform {
    /// m: an output tile is m x m, an input tile m + 2 on a side.
    static var outputs: Int { get }
    /// G: 3 values to m + 2.
    static func kernel(_ source: UnsafePointer<HalfLane>, _ step: Int, to target: UnsafeMutablePointer<HalfLane>, _ targetStep: Int)
    /// B^T: m + 2 values to m + 2.
    static func input(_ source: UnsafePointer<HalfLane>, _ step: Int, to target: UnsafeMutablePointer<HalfLane>, _ targetStep: Int)
    /// A^T: m + 2 values to m.
    static func output(_ source: UnsafePointer<HalfLane>, _ step: Int, to target: UnsafeMutablePointer<HalfLane>, _ targetStep: Int)
}

extension TileTransform {
    /// The side of an input tile.
    static var side: Int { outputs + 2 }
    /// Places of an input tile: each is a product of its own.
    static var places: Int { side * side }
}
