import Images
import Tensors

/// Where in an image the relevance of a unit lies: summed over the channels of one layer.
struct HeatMap: Sendable {
    /// H x W.
    var values: [Float]
    var height: Int
    var width: Int
    /// How much of the relevance that started is missing at that layer, as a share; nil where none started.
    var residual: Double?

    /// The largest value that is drawn in full: the 99.5th percentile of the magnitudes of all `maps`.
    static func limit(of maps: [HeatMap]) -> Float { MaskedPicture.percentile(maps.flatMap { $0.values.map(abs) }, 0.995) }

    /// To lay over a picture of `size` (height, width): red for positive, blue for negative relevance, the more solid the more of it,
    /// up to `limit`.
    func overlay(limit: Float, size: [Int]) -> TranslucentPicture {
        let map = ColourMap.diverging(greatest: limit)
        var colours: [UInt8] = [], opacity: [UInt8] = []
        for value in values {
            // The middle of the scale is white; what is hardly seen should have its sign's colour all the same.
            let shown = value < 0 ? min(value, -0.6 * limit) : max(value, 0.6 * limit)
            let colour = map.colour(of: shown)
            colours += [colour.red, colour.green, colour.blue]
            let share = limit > 0 ? min(abs(value) / limit, 1) : 0
            opacity += Array(repeating: UInt8((share * 217).rounded()), count: 3)
        }
        let picture = Picture(width: width, height: height, pixels: colours).resized(width: size[1], height: size[0], filter: .bilinear)
        let alpha = Picture(width: width, height: height, pixels: opacity).resized(width: size[1], height: size[0], filter: .bilinear)
        return TranslucentPicture(colours: picture, opacity: stride(from: 0, to: alpha.pixels.count, by: 3).map { alpha.pixels[$0] })
    }
}
