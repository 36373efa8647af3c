import Testing

@testable import Tensors

struct SymmetricEigendecompositionTests {
    @Test func aSmallMatrixByHand() throws {
        let found = try SymmetricEigendecomposition(of: [2, 1, 1, 2], order: 2)
        #expect(zip(found.values, [1, 3]).allSatisfy { abs($0 - $1) < 1e-14 })
        #expect(abs(found.vectors[0] + found.vectors[1]) < 1e-14 && abs(found.vectors[2] - found.vectors[3]) < 1e-14)
    }

    @Test(arguments: [1, 3, 40, 150]) func theMatrixComesBack(order: Int) throws {
        var random = RandomSource(seed: 2, stream: "\(order)")
        let half = (0..<order * order).map { _ in Double(random.normal()) }
        let matrix = (0..<order * order).map { half[$0] + half[$0 % order * order + $0 / order] }
        let found = try SymmetricEigendecomposition(of: matrix, order: order)
        #expect(zip(found.values, found.values.dropFirst()).allSatisfy { $0 <= $1 })
        let scaled = found.vectors.indices.map { found.vectors[$0] * found.values[$0 / order] }
        let back = try squareMatrixProduct(found.vectors, scaled, order: order, transposesLeft: true)
        #expect(zip(back, matrix).allSatisfy { abs($0 - $1) < 1e-12 * Double(order) })
        let alone = try SymmetricEigendecomposition(of: matrix, order: order, vectors: false)
        #expect(alone.vectors.isEmpty && zip(alone.values, found.values).allSatisfy { abs($0 - $1) < 1e-12 * Double(order) })
    }

    @Test func whatIsNotFiniteIsRefused() {
        #expect(throws: (any Error).self) { try SymmetricEigendecomposition(of: [1, .nan, .nan, 1], order: 2) }
    }

    @Test func productsAreRowByColumn() throws {
        #expect(try squareMatrixProduct([1, 2, 3, 4], [5, 6, 7, 8], order: 2) == [19, 22, 43, 50])
        #expect(try squareMatrixProduct([1, 2, 3, 4], [5, 6, 7, 8], order: 2, transposesLeft: true) == [26, 30, 38, 44])
    }
}
