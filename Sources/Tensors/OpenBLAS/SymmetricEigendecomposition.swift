internal import COpenBLAS
import Diagnostics

/// The eigenvalues of a symmetric matrix, ascending, and its eigenvectors: `A = V diag(values) V^T`, in double precision by LAPACK's
/// DSYEVD (divide and conquer).
public struct SymmetricEigendecomposition: Sendable {
    public let values: [Double]
    /// Order x order, one unit vector after the other in the order of `values`; empty when none were asked for.
    public let vectors: [Double]

    /// Decomposes `matrix`, order x order, of which only one triangle is read. Takes twice the memory of the matrix besides with
    /// vectors, none worth mentioning without.
    ///
    /// - Throws: `Problem` when the matrix holds a value that is not finite, the method does not converge, or the library's result
    ///   is off: the values' sum and sum of squares must be the matrix's trace and squared norm.
    public init(of matrix: [Double], order: Int, vectors wantsVectors: Bool = true) throws {
        precondition(matrix.count == order * order, "a matrix of order \(order)")
        guard order > 0 else {
            values = []
            vectors = []
            return
        }
        guard matrix.allSatisfy(\.isFinite) else {
            throw Problem("A matrix whose eigenvalues are wanted holds values that are not finite")
        }
        guard order <= 16_384 else {
            throw Problem("Eigenvalues of \(order) x \(order) matrices are too much", explanation: "Up to 16384 x 16384 are computed.")
        }
        var (content, found) = (matrix, [Double](repeating: 0, count: order))
        var verdict: Int32 = 0
        try OpenBLAS.withOneThread {
            verdict = vitrine_eigendecomposition(&content, Int32(order), wantsVectors ? 1 : 0, &found)
        }
        guard verdict == 0 else {
            throw Problem(
                "LAPACK found no eigenvalues of a \(order) x \(order) matrix",
                explanation: verdict == .min ? "There is not enough memory." : "DSYEVD ended with \(verdict).")
        }
        try Self.check(found, of: matrix, order: order)
        values = found
        vectors = wantsVectors ? content : []
    }

    private static func check(_ values: [Double], of matrix: [Double], order: Int) throws {
        var trace = 0.0, square = 0.0
        for row in 0..<order {
            trace += matrix[row * order + row]
            square += matrix[row * order + row] * matrix[row * order + row]
            // Column-major upper is row-major lower.
            for column in 0..<row { square += 2 * matrix[row * order + column] * matrix[row * order + column] }
        }
        let tolerance = 1e-9 * Double(order)
        let isRight =
            abs(values.reduce(0, +) - trace) <= tolerance * square.squareRoot()
            && abs(values.reduce(0) { $0 + $1 * $1 } - square) <= tolerance * square
        guard isRight else {
            throw OpenBLAS.isWrong("the sum of eigenvalues, or of their squares, is not that of the matrix")
        }
    }
}
