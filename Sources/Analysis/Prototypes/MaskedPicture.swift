import Images
import Tensors

/// A picture of which only what mattered to its making is seen (VITAL, supplement).
enum MaskedPicture {
    /// `picture` with the mean over channels of `influence` (C x H x W, not negative) as opacity: clipped at its 98th percentile and divided by
    /// the largest. Colours are clipped at their 1st and 99th percentile and stretched to the whole range.
    static func make(_ picture: Picture, influence: [Float]) -> TranslucentPicture {
        let area = picture.width * picture.height, channels = influence.count / area
        // A network with broken weights has slopes that are no numbers: nothing is seen of those.
        let means = (0..<area).map { place in
            let mean = (0..<channels).reduce(0) { $0 + influence[$1 * area + place] } / Float(channels)
            return mean.isFinite ? mean : 0
        }
        let limit = percentile(means, 0.98)
        let opacity = means.map { limit > 0 ? UInt8((min($0, limit) / limit * 255).rounded()) : 0 }
        let values = picture.pixels.map(Float.init)
        let low = percentile(values, 0.01), high = percentile(values, 0.99)
        let scale = high > low ? 255 / (high - low) : 1
        let stretched = values.map { UInt8(min(max(($0 - low) * scale, 0), 255).rounded()) }
        return TranslucentPicture(colours: Picture(width: picture.width, height: picture.height, pixels: stretched), opacity: opacity)
    }

    /// The value below which a `share` of `values` lies, by linear interpolation between neighbours as NumPy's default.
    static func percentile(_ values: [Float], _ share: Double) -> Float {
        let sorted = values.sorted()
        guard let last = sorted.last else { return 0 }
        let place = share * Double(sorted.count - 1), index = Int(place)
        guard index + 1 < sorted.count else { return last }
        return sorted[index] + Float(place - Double(index)) * (sorted[index + 1] - sorted[index])
    }
}
