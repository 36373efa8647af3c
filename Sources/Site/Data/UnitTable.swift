import Run

/// The numbers of a layer's units as comma-separated values (RFC 4180), a unit a line.
struct UnitTable {
    let context: SiteContext
    let layer: LayerContent

    var text: String {
        var lines = [
            "unit,mean,standard_deviation,minimum,maximum,active_positions,active_images,selectivity,top_class,top_class_mean,"
                + "strongest_image,strongest_activation,prototype_activation,prototype_multiple_of_largest,prototype_percentile,"
                + "prototype_predicted_class,prototype_predicted_probability,prototype_seed_agreement,top_class_index,page,judge_by_prototype,judge_by_images,"
                + "word,word_correlation,word_level,label,label_kind,label_auc,label_auc_low,label_auc_high,label_difference,"
                + "clarity,polysemanticity,consistency"
        ]
        for unit in layer.statistics.units {
            let top = unit.topClasses(1).first
            let strongest = unit.strongest.first
            let clarity = layer.clarity?.units[unit.unit]
            let trust = layer.prototypes[unit.unit]?.trust
            let words = layer.words(of: unit.unit), check = layer.checked[unit.unit]?.max { $0.chosen < $1.chosen }
            let cells: [String] = [
                String(unit.unit), Number.exact(unit.mean), Number.exact(unit.standardDeviation), Number.exact(unit.minimum),
                Number.exact(unit.maximum), Number.exact(unit.activePositions), Number.exact(unit.activeImages),
                Number.exact(unit.selectivity), top.map { context.content.className($0.index) } ?? "", Number.exact(top?.mean),
                strongest.flatMap { context.content.images.images[$0.image]?.path } ?? "", Number.exact(strongest?.activation),
                Number.exact(trust?.activation), Number.exact(trust?.multipleOfLargest), Number.exact(trust?.percentile),
                trust?.predicted.map(context.content.className) ?? "", Number.exact(trust?.predictedProbability),
                Number.exact(trust?.seedAgreement), top.map { String($0.index) } ?? "", layer.page(of: unit.unit),
                Number.exact(layer.judged[unit.unit]?.byPrototype.right), Number.exact(layer.judged[unit.unit]?.byImages.right),
                words?.best.first?.word ?? "", Number.exact(words?.best.first?.correlation), Number.exact(words?.level), check?.label ?? "",
                check?.kind.word ?? "", Number.exact(check?.area), Number.exact(check?.areaInterval.first), Number.exact(check?.areaInterval.last),
                Number.exact(check?.difference),
                Number.exact(clarity?.clarity), Number.exact(clarity?.polysemanticity), Number.exact(clarity?.consistency),
            ]
            lines.append(cells.map(PlainText.csv).joined(separator: ","))
        }
        return PlainText.csvFile(lines)
    }
}
