import Run

/// The difference of two runs as comma-separated values (RFC 4180), a unit a line.
struct DifferenceTable {
    private let difference: RunDifference

    init(_ difference: RunDifference) { self.difference = difference }

    var text: String {
        var lines = [
            "layer_a,layer_b,status,unit_a,unit_b,correlation,same_unit_correlation,one_to_one_unit,one_to_one_correlation,best_unit,"
                + "best_correlation"
        ]
        for layer in difference.layers {
            for unit in layer.units {
                let cells: [String] = [
                    layer.first, layer.second, DifferenceBooklet.words(unit.status), unit.unit.map(String.init) ?? "",
                    unit.counterpart.map(String.init) ?? "", Number.exact(unit.correlation), Number.exact(unit.same),
                    unit.oneToOne.map { String($0.unit) } ?? "", Number.exact(unit.oneToOne?.correlation),
                    unit.best.map { String($0.unit) } ?? "", Number.exact(unit.best?.correlation),
                ]
                lines.append(cells.map(PlainText.csv).joined(separator: ","))
            }
        }
        return PlainText.csvFile(lines)
    }
}
