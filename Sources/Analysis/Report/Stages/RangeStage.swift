import Diagnostics
import Run

/// Real images from the whole range of every unit, from just above zero to the strongest, out of what the pass over the images kept.
struct RangeStage: ReportStage {
    struct Findings: ShowsImages {
        let shownImages: Set<Int>
    }

    /// Images of each unit.
    static let steps = 9

    let title = "Choosing images from the whole range"
    let needs: [any ReportStage.Type] = [StatisticsStage.self]

    func documents(of run: ReportRun, _ findings: ReportFindings) -> [RunPath] { run.options.layers.map { .range(layer: $0) } }

    func run(_ run: ReportRun, _ findings: ReportFindings, progress: any ProgressReport) throws -> Findings {
        let found = findings.of(StatisticsStage.self)
        var shown = Set<Int>()
        for (number, statistics) in found.layers.enumerated() {
            let sample = found.sweep.samples[number], accumulator = found.sweep.accumulators[number]
            let range = LayerRange(
                layer: statistics.layer, sample: sample.count, images: statistics.images,
                units: statistics.units.map { unit in
                    var quantiles = sample.quantiles(of: unit.unit, count: Self.steps).map {
                        LayerRange.Quantile(
                            exemplar: accumulator.exemplar(
                                image: $0.image, activation: $0.activation, position: $0.position, input: run.network.input.shape),
                            share: $0.share)
                    }
                    // The sample need not hold the strongest image of all.
                    if let last = quantiles.last, let first = unit.strongest.first, first.activation > last.exemplar.activation {
                        let equal = unit.strongest.prefix { $0.activation == first.activation }.count
                        quantiles[quantiles.count - 1] = .init(exemplar: first, share: 1 - Float(equal) / Float(statistics.images))
                    }
                    return .init(unit: unit.unit, quantiles: quantiles)
                })
            for unit in range.units { shown.formUnion(unit.quantiles.map(\.exemplar.image)) }
            try run.folder.write(range, to: .range(layer: statistics.layer))
        }
        return Findings(shownImages: shown)
    }
}
