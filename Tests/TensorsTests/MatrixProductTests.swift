import Testing

@testable import Tensors

struct MatrixProductTests {
    @Test(arguments: [(1, 10, 64), (3, 10, 64), (5, 1000, 40), (1, 1, 1), (7, 3, 5), (17, 33, 129)], [false, true])
    func agreesWithLoops(_ size: (rows: Int, columns: Int, inner: Int), transposed: Bool) throws {
        let (rows, columns, inner) = size
        var random = RandomSource(seed: 1, stream: "\(size)")
        // Rows are longer than what is used of them.
        let leftStride = inner + 3, rightStride = (transposed ? inner : columns) + 2, resultStride = columns + 5
        func values(_ count: Int) -> [Float] { (0..<count).map { _ in random.normal() } }
        let left = values(rows * leftStride), right = values((transposed ? columns : inner) * rightStride)
        let before = values(rows * resultStride)
        for beta in [0, 1, 0.5] as [Float] {
            var result = before
            try matrixProduct(
                rows: rows, columns: columns, inner: inner, left: left, leftStride: leftStride, right: right,
                rightStride: rightStride, transposed: transposed, beta: beta, result: &result, resultStride: resultStride)
            for row in 0..<rows {
                for column in 0..<resultStride {
                    let at = row * resultStride + column
                    guard column < columns else {
                        #expect(result[at] == before[at], "behind the end of a row")
                        continue
                    }
                    var total = Double(beta) * Double(before[at])
                    for k in 0..<inner {
                        let other = transposed ? right[column * rightStride + k] : right[k * rightStride + column]
                        total += Double(left[row * leftStride + k]) * Double(other)
                    }
                    #expect(abs(Double(result[at]) - total) < 1e-5 * Double(inner).squareRoot() * 4, "\(row), \(column)")
                }
            }
        }
    }

    @Test func whatWasThereDoesNotMatterWithoutBeta() throws {
        var result: [Float] = [.nan, .infinity]
        try matrixProduct(
            rows: 1, columns: 2, inner: 2, left: [2, 3], leftStride: 2, right: [1, 10, 100, 1000], rightStride: 2,
            transposed: false, result: &result, resultStride: 2)
        #expect(result == [302, 3020])
    }
}
