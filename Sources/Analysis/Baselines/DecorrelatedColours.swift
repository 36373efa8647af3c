import Foundation

/// Colours in a basis in which those of photographs are uncorrelated, and the way from there to red, green and blue in [0, 1]:
/// `sigmoid(A t)`, A the square root of the colours' covariance over ImageNet, scaled so that its longest column has length 1
/// (Olah et al. 2017; the numbers are those of Lucid's `color.py`, which MACO uses as well).
enum DecorrelatedColours {
    /// Rows: red, green, blue; columns: the uncorrelated colours.
    static let matrix: [[Float]] = {
        let root: [[Double]] = [[0.26, 0.09, 0.02], [0.27, 0.00, -0.05], [0.27, -0.09, 0.03]]
        let lengths = (0..<3).map { column in root.reduce(0) { $0 + $1[column] * $1[column] }.squareRoot() }
        let longest = lengths.max() ?? 1
        return root.map { $0.map { Float($0 / longest) } }
    }()

    /// The inverse of `matrix`.
    static let inverse: [[Float]] = {
        let m = matrix.map { $0.map(Double.init) }
        // Cramer's rule: row `i`, column `j` of the adjugate.
        func cofactor(_ i: Int, _ j: Int) -> Double {
            let (a, b, c, d) = ((j + 1) % 3, (j + 2) % 3, (i + 1) % 3, (i + 2) % 3)
            return m[a][c] * m[b][d] - m[a][d] * m[b][c]
        }
        let determinant = (0..<3).reduce(0) { $0 + m[0][$1] * cofactor($1, 0) }
        return (0..<3).map { i in (0..<3).map { j in Float(cofactor(i, j) / determinant) } }
    }()

    /// Replaces uncorrelated colours, 3 x area, by red, green and blue in [0, 1].
    static func toColours(_ values: UnsafeMutablePointer<Float>, area: Int) {
        mix(values, area: area, by: matrix)
        for i in 0..<3 * area { values[i] = 1 / (1 + exp(-values[i])) }
    }

    /// Replaces the gradient at red, green and blue by that at the uncorrelated colours; `colours` is what `toColours` made.
    static func pullback(_ gradient: UnsafeMutablePointer<Float>, colours: UnsafePointer<Float>, area: Int) {
        for i in 0..<3 * area { gradient[i] *= colours[i] * (1 - colours[i]) }
        mix(gradient, area: area, by: (0..<3).map { column in (0..<3).map { matrix[$0][column] } })
    }

    /// Multiplies the colour at every position with `matrix`.
    static func mix(_ values: UnsafeMutablePointer<Float>, area: Int, by matrix: [[Float]]) {
        let (a, b, c) = (matrix[0], matrix[1], matrix[2])
        let (a0, a1, a2, b0, b1, b2, c0, c1, c2) = (a[0], a[1], a[2], b[0], b[1], b[2], c[0], c[1], c[2])
        let (first, second, third) = (values, values + area, values + 2 * area)
        for i in 0..<area {
            let (x, y, z) = (first[i], second[i], third[i])
            first[i] = a0 * x + a1 * y + a2 * z
            second[i] = b0 * x + b1 * y + b2 * z
            third[i] = c0 * x + c1 * y + c2 * z
        }
    }
}
