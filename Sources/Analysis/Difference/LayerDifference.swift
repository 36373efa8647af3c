public import Run

/// What became of the units of a layer, told from their correlations with those of the other run.
struct LayerDifference {
    let pair: PairedSweep.Pair
    let matrix: CorrelationMatrix
    let threshold: Float
    /// The column of each row.
    private let partners: [Int?]

    init(_ pair: PairedSweep.Pair, _ matrix: CorrelationMatrix, threshold: Float) {
        self.pair = pair
        self.matrix = matrix
        self.threshold = threshold
        partners = OneToOneMatching(matrix).columns
    }

    func document() -> RunDifference.Layer {
        let units = changedFirst(rows + columns)
        let pairs = partners.enumerated().compactMap { row, column in column.map { matrix[row, $0] } }
        let same = units.compactMap { $0.unit == nil ? nil : $0.same }.sorted()
        return RunDifference.Layer(
            first: pair.first, second: pair.second, firstUnits: matrix.rows, secondUnits: matrix.columns,
            counts: Dictionary(uniqueKeysWithValues: RunDifference.Status.allCases.map { status in (status, units.count { $0.status == status }) }),
            meanOneToOne: pairs.isEmpty ? nil : Float(pairs.reduce(0.0) { $0 + Double($1) } / Double(pairs.count)),
            medianSame: same.isEmpty ? nil : (same[(same.count - 1) / 2] + same[same.count / 2]) / 2, units: units)
    }

    /// The units of the first run.
    private var rows: [RunDifference.Unit] {
        (0..<matrix.rows).map { row in
            let best = matrix.best(ofRow: row), same = same(row)
            let partner = partners[row].map { (unit: $0, correlation: matrix[row, $0]) }
            var unit = RunDifference.Unit(
                status: .constant, unit: row, counterpart: nil, correlation: best?.correlation, same: same, oneToOne: Self.match(partner),
                best: Self.match(best))
            if matrix.constantRows[row] {
                unit.status = .constant
            } else if let same, same >= threshold {
                (unit.status, unit.counterpart, unit.correlation) = (.kept, row, same)
            } else if let found = [partner, best].compactMap({ $0 }).first(where: { $0.correlation >= threshold }) {
                (unit.status, unit.counterpart, unit.correlation) = (.moved, found.unit, found.correlation)
            } else {
                unit.status = .lost
            }
            return unit
        }
    }

    /// The units of the second run that no unit of the first is the counterpart of.
    private var columns: [RunDifference.Unit] {
        (0..<matrix.columns).compactMap { column in
            let best = matrix.best(ofColumn: column), isConstant = matrix.constantColumns[column]
            guard isConstant || best.map({ $0.correlation < threshold }) ?? true else { return nil }
            let partner = partners.firstIndex(of: column).map { (unit: $0, correlation: matrix[$0, column]) }
            return .init(
                status: isConstant ? .constantInSecond : .born, unit: nil, counterpart: column, correlation: best?.correlation,
                same: pair.first == pair.second && column < matrix.rows ? Self.defined(matrix[column, column]) : nil,
                oneToOne: Self.match(partner), best: Self.match(best))
        }
    }

    /// The correlation with the unit of the same layer and number.
    private func same(_ row: Int) -> Float? {
        pair.first == pair.second && row < matrix.columns ? Self.defined(matrix[row, row]) : nil
    }

    private static func defined(_ value: Float) -> Float? { value.isFinite ? value : nil }

    private static func match(_ found: (unit: Int, correlation: Float)?) -> RunDifference.Match? {
        found.map { .init(unit: $0.unit, correlation: $0.correlation) }
    }

    /// By the correlation that is left, the smallest first; constant units last. Of equals the lower number.
    private func changedFirst(_ units: [RunDifference.Unit]) -> [RunDifference.Unit] {
        func rank(_ unit: RunDifference.Unit) -> (Float, Int, Int) {
            let isConstant = unit.status == .constant || unit.status == .constantInSecond
            return (isConstant ? 2 : unit.correlation ?? -2, unit.unit == nil ? 1 : 0, unit.unit ?? unit.counterpart ?? 0)
        }
        return units.sorted { rank($0) < rank($1) }
    }
}

extension PairedSweep.Result {
    /// What became of the units of each of `pairs`, those of the pass. A unit has a counterpart from a correlation of `threshold` on.
    public func differences(_ pairs: [PairedSweep.Pair], threshold: Float) -> [RunDifference.Layer] {
        zip(pairs, matrices).map { LayerDifference($0, $1, threshold: threshold).document() }
    }
}
