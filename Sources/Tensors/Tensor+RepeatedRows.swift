extension Tensor {
    /// The rows (N x D) that lie where one before them does, ascending: nearer to it than a hundred-thousandth of the rows' usual length,
    /// which float32 sums of the same values stay below. Rows that are no numbers repeat none.
    public var repeatedRows: [Int] {
        guard shape.rank == 2, shape[1] > 0 else { return [] }
        let (count, size) = (shape[0], shape[1])
        let sums = (0..<count).map { row in (row * size..<(row + 1) * size).reduce(0.0) { $0 + Double(values[$1]) } }
        let squares = values.reduce(0.0) { $0 + Double($1) * Double($1) }
        guard count > 1, squares.isFinite else { return [] }
        let most = 1e-10 * squares / Double(count)
        // Rows that lie together have sums that do: at most sqrt(D) times as far apart.
        let reach = (most * Double(size)).squareRoot()
        let order = (0..<count).sorted { (sums[$0], $0) < (sums[$1], $1) }
        var repeated = Set<Int>()
        for (place, row) in order.enumerated() where !repeated.contains(row) {
            for other in order[(place + 1)...].prefix(while: { sums[$0] - sums[row] <= reach }) {
                let distance = (0..<size).reduce(0.0) { sum, column in
                    let difference = Double(values[row * size + column]) - Double(values[other * size + column])
                    return sum + difference * difference
                }
                if distance <= most { repeated.insert(max(row, other)) }
            }
        }
        return repeated.sorted()
    }
}
