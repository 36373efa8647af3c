internal import COneDNN
internal import COpenBLAS
import Diagnostics

/// Linear algebra in double precision, for what is computed once and not at every step.
enum OpenBLAS {
    /// Calls `body` while the library uses the calling thread alone: a build with its own threads would fight with OpenMP's, which are
    /// the engine's. The engine's number of threads is given back.
    ///
    /// - Throws: `Problem` when the library's products are off on this machine.
    static func withOneThread(_ body: () -> Void) throws {
        let threads = omp_get_max_threads()
        openblas_set_num_threads(1)
        defer { omp_set_num_threads(threads) }
        guard isRight else { throw isWrong("a small product of matrices is not that of a plain loop") }
        body()
    }

    static func isWrong(_ explanation: String) -> Problem {
        Problem(
            "OpenBLAS computes wrong numbers on this machine",
            explanation: "What it says of itself: \(String(cString: openblas_get_config())); \(explanation).",
            remedy: "Install another build (Debian: libopenblas0-openmp), or set OPENBLAS_CORETYPE to a plainer processor.")
    }

    /// A build for another processor may be wrong without a word: one small product is compared with a plain loop.
    private static let isRight: Bool = {
        let order = 37
        let left = (0..<order * order).map { Double($0 % 13) - 6 }, right = (0..<order * order).map { Double($0 % 7) - 3 }
        var result = [Double](repeating: 0, count: order * order)
        vitrine_square_product(left, 0, right, Int32(order), &result)
        return (0..<order * order).allSatisfy { place in
            let (row, column) = (place / order, place % order)
            let sum = (0..<order).reduce(0) { $0 + left[row * order + $1] * right[$1 * order + column] }
            return result[place] == sum
        }
    }()
}

/// `left`, transposed if asked, times `right`: square matrices, row-major, in double precision.
///
/// - Throws: `Problem` when the library is off on this machine.
public func squareMatrixProduct(_ left: [Double], _ right: [Double], order: Int, transposesLeft: Bool = false) throws -> [Double] {
    precondition(left.count == order * order && right.count == order * order, "matrices of order \(order)")
    var result = [Double](repeating: 0, count: order * order)
    guard order > 0 else { return result }
    try OpenBLAS.withOneThread {
        vitrine_square_product(left, transposesLeft ? 1 : 0, right, Int32(order), &result)
    }
    return result
}
