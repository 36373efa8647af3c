import Tensors

/// One picture of DeepInversion: its pixels in normalised space, rolled and mirrored at random for the network.
final class InvertedPicture {
    /// 3 x H x W, normalised.
    var pixels: [Float]
    private let size: [Int]
    private let settings: DeepInversionSettings
    private let lowest: [Float]
    private let highest: [Float]
    private var random: RandomSource
    private var adam: Adam
    /// Of the step at hand.
    var roll = (y: 0, x: 0)
    var isMirrored = false

    /// Starts from N(0, 1).
    init(size: [Int], settings: DeepInversionSettings, mean: [Float], deviation: [Float], random: RandomSource) {
        self.size = size
        self.settings = settings
        var random = random
        pixels = (0..<mean.count * size[0] * size[1]).map { _ in random.normal() }
        self.random = random
        lowest = zip(mean, deviation).map { -$0 / $1 }
        highest = zip(mean, deviation).map { (1 - $0) / $1 }
        adam = Adam(count: pixels.count, beta1: settings.descent.beta1, beta2: settings.descent.beta2)
    }

    /// Draws this step's roll and whether the picture is mirrored.
    func draw() {
        let jitter = settings.jitter
        roll = (random.integer(in: -jitter...jitter), random.integer(in: -jitter...jitter))
        isMirrored = settings.flips && random.uniform() > 0.5
    }

    /// Writes what the network sees into `target`, 3 x H x W: rolled (circular), then mirrored.
    func write(into target: UnsafeMutablePointer<Float>) {
        forEachPixel { seen, own in target[seen] = pixels[own] }
    }

    /// One step of Adam along `gradient`, which belongs to what the network saw; then the clamp.
    func descend(_ gradient: UnsafePointer<Float>, rate: Float) {
        var slopes = pixels
        forEachPixel { seen, own in slopes[own] = gradient[seen] }
        adam.descend(&pixels, slopes, rate: rate)
        guard settings.clamps else { return }
        let area = size[0] * size[1]
        for i in pixels.indices { pixels[i] = min(max(pixels[i], lowest[i / area]), highest[i / area]) }
    }

    /// Calls `body` with every place in the picture seen and the place in the picture itself that it shows.
    @inline(__always)
    private func forEachPixel(_ body: (_ seen: Int, _ own: Int) -> Void) {
        let (height, width) = (size[0], size[1])
        let (dy, dx) = (((roll.y % height) + height) % height, ((roll.x % width) + width) % width)
        for row in 0..<pixels.count / width {
            let from = row / height * height + (row % height + height - dy) % height
            for x in 0..<width {
                let rolled = isMirrored ? width - 1 - x : x
                body(row * width + x, from * width + (rolled >= dx ? rolled - dx : rolled - dx + width))
            }
        }
    }
}
