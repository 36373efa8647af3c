/// Pairs of rows and columns, each of either in one pair at most, whose sum of correlations is the largest: the Hungarian method with
/// potentials (Kuhn 1955; shortest augmenting paths as in Jonker and Volgenant 1987). Its time grows with the cube of the units at worst.
struct OneToOneMatching {
    /// The column of each row; nil where there is none, and where the correlation is not defined.
    let columns: [Int?]

    init(_ matrix: CorrelationMatrix) {
        let isWide = matrix.rows <= matrix.columns
        let (few, many) = isWide ? (matrix.rows, matrix.columns) : (matrix.columns, matrix.rows)
        func value(_ one: Int, _ other: Int) -> Float { isWide ? matrix[one, other] : matrix[other, one] }
        let found = Self.assignment(few, many) { one, other in
            let correlation = value(one, other)
            // What is not defined is worse than all that is.
            return correlation.isFinite ? 1 - Double(correlation) : 3
        }
        var columns = [Int?](repeating: nil, count: matrix.rows)
        for (one, other) in found.enumerated() where value(one, other).isFinite {
            if isWide { columns[one] = other } else { columns[other] = one }
        }
        self.columns = columns
    }

    /// For each of `few` another one of `many`, of the least total cost.
    private static func assignment(_ few: Int, _ many: Int, cost: (Int, Int) -> Double) -> [Int] {
        guard few > 0 else { return [] }
        // Numbered from 1, with 0 for none.
        var rowPotential = [Double](repeating: 0, count: few + 1), columnPotential = [Double](repeating: 0, count: many + 1)
        var rowOf = [Int](repeating: 0, count: many + 1), way = rowOf
        for row in 1...few {
            rowOf[0] = row
            var column = 0
            var least = [Double](repeating: .infinity, count: many + 1)
            var isReached = [Bool](repeating: false, count: many + 1)
            repeat {
                isReached[column] = true
                let from = rowOf[column]
                var step = Double.infinity, next = 0
                for other in 1...many where !isReached[other] {
                    let reduced = cost(from - 1, other - 1) - rowPotential[from] - columnPotential[other]
                    if reduced < least[other] { (least[other], way[other]) = (reduced, column) }
                    if least[other] < step { (step, next) = (least[other], other) }
                }
                for other in 0...many {
                    if isReached[other] {
                        rowPotential[rowOf[other]] += step
                        columnPotential[other] -= step
                    } else {
                        least[other] -= step
                    }
                }
                column = next
            } while rowOf[column] != 0
            while column != 0 {
                let before = way[column]
                rowOf[column] = rowOf[before]
                column = before
            }
        }
        var result = [Int](repeating: 0, count: few)
        for column in 1...many where rowOf[column] != 0 { result[rowOf[column] - 1] = column - 1 }
        return result
    }
}
