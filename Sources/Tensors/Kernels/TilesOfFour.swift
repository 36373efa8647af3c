/// F(4 x 4, 3 x 3), with the points 0, 1, -1, 2 and -2: a quarter of the multiplications, four times as many kernel values.
enum TilesOfFour: TileTransform {
    static let outputs = 4

    @inline(__always)
    static func kernel(_ source: UnsafePointer<HalfLane>, _ step: Int, to target: UnsafeMutablePointer<HalfLane>, _ targetStep: Int) {
        let g0 = source[0], g1 = source[step], g2 = source[2 * step]
        let sixth: Float = 1 / 6, outer = (g0 + g2) * sixth, middle = g1 * sixth
        let far = g0 * (sixth / 4) + g2 * sixth, half = g1 * (sixth / 2)
        target[0] = g0 * 0.25
        target[targetStep] = -outer - middle
        target[2 * targetStep] = middle - outer
        target[3 * targetStep] = far + half
        target[4 * targetStep] = far - half
        target[5 * targetStep] = g2
    }

    @inline(__always)
    static func input(_ source: UnsafePointer<HalfLane>, _ step: Int, to target: UnsafeMutablePointer<HalfLane>, _ targetStep: Int) {
        let d0 = source[0], d1 = source[step], d2 = source[2 * step], d3 = source[3 * step], d4 = source[4 * step], d5 = source[5 * step]
        let even = d4 - d2 * 4, odd = d3 - d1 * 4, near = d4 - d2, far = (d3 - d1) * 2
        target[0] = (d0 - d2) * 4 + near
        target[targetStep] = even + odd
        target[2 * targetStep] = even - odd
        target[3 * targetStep] = near + far
        target[4 * targetStep] = near - far
        target[5 * targetStep] = (d1 - d3) * 4 + (d5 - d3)
    }

    @inline(__always)
    static func output(_ source: UnsafePointer<HalfLane>, _ step: Int, to target: UnsafeMutablePointer<HalfLane>, _ targetStep: Int) {
        let m1 = source[step], m2 = source[2 * step], m3 = source[3 * step], m4 = source[4 * step]
        let sum = m1 + m2, difference = m1 - m2, farSum = m3 + m4, farDifference = m3 - m4
        target[0] = source[0] + sum + farSum
        target[targetStep] = difference + farDifference * 2
        target[2 * targetStep] = sum + farSum * 4
        target[3 * targetStep] = difference + farDifference * 8 + source[5 * step]
    }
}
