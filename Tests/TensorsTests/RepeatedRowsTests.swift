import Tensors
import Testing

struct RepeatedRowsTests {
    @Test func `rows that lie where one before them does`() {
        func repeated(_ rows: [[Float]]) -> [Int] {
            Tensor(shape: [rows.count, rows[0].count], values: rows.flatMap { $0 }).repeatedRows
        }
        #expect(repeated([[1, 2], [3, 4], [1, 2], [2, 1], [3, 4], [1, 2]]) == [2, 4, 5])
        #expect(repeated([[1, 2], [1 + 1e-6, 2], [1.001, 2]]) == [1], "rounding is no difference, a thousandth is")
        #expect(repeated([[0, 0], [0, 0], [0, 0]]) == [1, 2])
        #expect(repeated([[1, 0], [0, 1], [-1, 2]]) == [], "sums alone say nothing")
        #expect(repeated([[.nan, 0], [.nan, 0]]) == [])
    }
}
