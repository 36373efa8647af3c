/// F(2 x 2, 3 x 3), with the points 0, 1 and -1: 4/9 of the multiplications, 16/9 of the kernel values.
enum TilesOfTwo: TileTransform {
    static let outputs = 2

    @inline(__always)
    static func kernel(_ source: UnsafePointer<HalfLane>, _ step: Int, to target: UnsafeMutablePointer<HalfLane>, _ targetStep: Int) {
        let outer = (source[0] + source[2 * step]) * 0.5, middle = source[step] * 0.5
        target[0] = source[0]
        target[targetStep] = outer + middle
        target[2 * targetStep] = outer - middle
        target[3 * targetStep] = source[2 * step]
    }

    @inline(__always)
    static func input(_ source: UnsafePointer<HalfLane>, _ step: Int, to target: UnsafeMutablePointer<HalfLane>, _ targetStep: Int) {
        let d1 = source[step], d2 = source[2 * step]
        target[0] = source[0] - d2
        target[targetStep] = d1 + d2
        target[2 * targetStep] = d2 - d1
        target[3 * targetStep] = d1 - source[3 * step]
    }

    @inline(__always)
    static func output(_ source: UnsafePointer<HalfLane>, _ step: Int, to target: UnsafeMutablePointer<HalfLane>, _ targetStep: Int) {
        let m1 = source[step], m2 = source[2 * step]
        target[0] = source[0] + m1 + m2
        target[targetStep] = m1 - m2 - source[3 * step]
    }
}
