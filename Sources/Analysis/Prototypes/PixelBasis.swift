/// Pixels as coordinates. By themselves they need no basis; with colours of their own they do.
struct PixelBasis: PictureBasis {
    /// C x H x W.
    let count: Int

    func write(_ coordinates: UnsafePointer<Float>, into picture: UnsafeMutablePointer<Float>) {
        picture.update(from: coordinates, count: count)
    }

    func pullback(_ gradient: UnsafePointer<Float>, into slopes: UnsafeMutablePointer<Float>) {
        slopes.update(from: gradient, count: count)
    }

    /// Itself: a pixel has all frequencies.
    func limited(to band: Float) -> PixelBasis { self }
}
