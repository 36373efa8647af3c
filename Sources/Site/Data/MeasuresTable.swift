public import Run

/// How good the prototypes of runs are, side by side: targets of one kind under each other.
public struct MeasuresTable {
    public let text: String

    public init(_ runs: [PrototypeMeasures]) {
        let several = runs.count > 1, hasJudge = runs.contains { $0.judge != nil }
        let hasClasses = runs.contains { $0.groups.contains { $0.accuracy != nil } }
        var rows = [
            ["prototypes of"] + (several ? ["run"] : []) + ["pictures", "percentile", "of largest", "loss / real", "grain / real", "colour distance"]
                + ["seed agreement"] + (hasClasses ? ["accuracy", "probability"] : [])
                + (hasClasses && hasJudge ? ["transfer", "probability there"] : [])
        ]
        var names: [String] = []
        for name in runs.flatMap({ $0.groups.map(\.name) }) where !names.contains(name) { names.append(name) }
        for name in names {
            for run in runs {
                guard let group = run.groups.first(where: { $0.name == name }) else { continue }
                func text(_ value: Float?) -> String { value.map { Number.short($0) } ?? "–" }
                func share(_ value: Float?) -> String { value.map(Number.percent) ?? "–" }
                let grain = group.realGrain.flatMap { real in real > 0 ? group.grain.map { $0 / real } : nil }
                rows.append(
                    [name] + (several ? [run.run] : []) + [Number.grouped(group.pictures), text(group.percentile), text(group.multipleOfLargest)]
                        + [text(group.relativeLoss), text(grain), text(group.colourDistance), text(group.seedAgreement)]
                        + (hasClasses ? [share(group.accuracy), text(group.probability)] : [])
                        + (hasClasses && hasJudge ? [share(group.transfer), text(group.transferProbability)] : []))
            }
        }
        let skipped = runs.flatMap(\.skipped).map { "Left out: \($0.path): \($0.reason)" }
        text = ([TextTable(rows, words: several ? [0, 1] : [0]).text, ""] + Self.remarks(runs, hasJudge: hasJudge && hasClasses) + skipped)
            .joined(separator: "\n")
    }

    private static func remarks(_ runs: [PrototypeMeasures], hasJudge: Bool) -> [String] {
        [
            """
            Percentile: the share of real images that activate the target less, on average. Of largest: the median activation, as a multiple of the \
            largest over real images. Loss: at the end, as a multiple of that of a real image that was held out.
            """,
            """
            Grain: the mean difference between neighbouring pixels, as a multiple of that of the references. Colour distance: the share of pixels that \
            would have to change their colour, of 64, to have those of the references.
            """,
        ]
            + (hasJudge
                ? [
                    """
                    Transfer: the share of class prototypes of all seeds that \(runs.lazy.compactMap { $0.judge?.displayName }.first ?? "the judge") takes for \
                    their class; accuracy and probability are the network’s own, of the first seeds.
                    """
                ] : [])
    }
}
