/// Another basis whose channels are not the network's but mixtures of them.
struct ColourBasis<Inner: PictureBasis>: PictureBasis {
    private let inner: Inner
    private let area: Int
    /// C x C: rows are the network's channels, columns the colours that coordinates make.
    private let mixture: [[Float]]

    /// `mixture` has for each channel of the network its share of every colour; `area` is H W.
    init(_ inner: Inner, mixture: [[Float]], area: Int) {
        self.inner = inner
        self.mixture = mixture
        self.area = area
    }

    var count: Int { inner.count }

    func write(_ coordinates: UnsafePointer<Float>, into picture: UnsafeMutablePointer<Float>) {
        inner.write(coordinates, into: picture)
        mix(picture) { mixture[$0][$1] }
    }

    func pullback(_ gradient: UnsafePointer<Float>, into slopes: UnsafeMutablePointer<Float>) {
        withUnsafeTemporaryAllocation(of: Float.self, capacity: mixture.count * area) { mixed in
            guard let mixed = mixed.baseAddress else { return }
            mixed.update(from: gradient, count: mixture.count * area)
            mix(mixed) { mixture[$1][$0] }
            inner.pullback(mixed, into: slopes)
        }
    }

    func limited(to band: Float) -> ColourBasis { ColourBasis(inner.limited(to: band), mixture: mixture, area: area) }

    /// Replaces the channels at every position by sums of them, `share(row, column)` being that of the old in the new.
    private func mix(_ values: UnsafeMutablePointer<Float>, by share: (_ row: Int, _ column: Int) -> Float) {
        let count = mixture.count * area
        withUnsafeTemporaryAllocation(of: Float.self, capacity: count) { old in
            guard let old = old.baseAddress else { return }
            old.update(from: values, count: count)
            for row in 0..<mixture.count {
                let target = values + row * area
                target.update(repeating: 0, count: area)
                for column in 0..<mixture.count {
                    let (source, share) = (old + column * area, share(row, column))
                    for i in 0..<area { target[i] += share * source[i] }
                }
            }
        }
    }
}
