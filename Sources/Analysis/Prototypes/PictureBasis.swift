/// A way to write a picture as coordinates: linear, so that it has an adjoint.
///
/// Coordinates from N(0, 1) make a picture whose values have variance 1, as a picture of normal pixels has.
protocol PictureBasis: Sendable {
    /// Coordinates of a picture.
    var count: Int { get }
    /// Writes the picture of `coordinates`, C x H x W.
    func write(_ coordinates: UnsafePointer<Float>, into picture: UnsafeMutablePointer<Float>)
    /// Writes the gradient at the coordinates, that at the picture being `gradient`: the adjoint of `write`.
    func pullback(_ gradient: UnsafePointer<Float>, into slopes: UnsafeMutablePointer<Float>)
    /// The same with the frequencies above `band` (cycles per pixel) left out: they are neither shown nor moved.
    func limited(to band: Float) -> Self
}
