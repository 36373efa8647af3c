/// Correlations of the units of one layer, the rows, with those of another, the columns.
struct CorrelationMatrix: Sendable {
    /// Row after row, in [-1, 1]; not a number where a correlation is not defined.
    let values: [Float]
    /// Units that are the same on all images, or no number: they have no correlation with any other.
    let constantRows: [Bool]
    let constantColumns: [Bool]

    var rows: Int { constantRows.count }
    var columns: Int { constantColumns.count }

    subscript(row: Int, column: Int) -> Float { values[row * columns + column] }

    /// The column with the largest correlation, the first of equals; nil where none is defined.
    func best(ofRow row: Int) -> (unit: Int, correlation: Float)? {
        Self.largest((0..<columns).lazy.map { self[row, $0] })
    }

    func best(ofColumn column: Int) -> (unit: Int, correlation: Float)? {
        Self.largest((0..<rows).lazy.map { self[$0, column] })
    }

    private static func largest(_ values: some Collection<Float>) -> (unit: Int, correlation: Float)? {
        var best: (unit: Int, correlation: Float)?
        for (unit, value) in values.enumerated() where value.isFinite && value > best?.correlation ?? -.infinity { best = (unit, value) }
        return best
    }
}
