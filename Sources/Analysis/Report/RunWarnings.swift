import Relevance
import Run

/// What a reader should know before believing a report, found while it was made.
public enum RunWarnings {
    /// True when a network of `classes` classes gets so few of its images right that something is wrong with it, or with what it is shown:
    /// three times what guessing would, or less; for a few classes a fifth of the way from guessing to all.
    public static func isNearChance(_ top1: Float, of classes: Int) -> Bool {
        let chance = 1 / Float(max(1, classes))
        return top1 < min(3 * chance, chance + 0.2 * (1 - chance)) || classes > 2 && top1 < 0.1
    }

    static func found(
        in sweep: Sweep, _ statistics: [LayerStatistics], _ tasks: [PrototypeTask], _ run: ReportRun
    ) -> [RunManifest.Warning] {
        var warnings: [RunManifest.Warning] = []
        if !sweep.skipped.isEmpty {
            warnings.append(
                .init(
                    summary: "\(sweep.skipped.count) of \(run.images.count) images could not be read",
                    explanation: "They were left out. The first: \(sweep.skipped[0].path) (\(sweep.skipped[0].reason)).",
                    remedy: "All are listed on the page Reproduce."))
        }
        if let top1 = sweep.top1, isNearChance(top1, of: run.network.classCount) {
            let percent = (Double(top1) * 1000).rounded() / 10
            warnings.append(
                .init(
                    summary: "The network gets only \(percent) % of the labelled images right",
                    explanation: "Either it is hardly trained, or the images are far from what it was trained on, or labels or preprocessing do not fit.",
                    remedy: ["Check the order of classes (--labels) and the checkpoint.", run.description.preprocessing.firstDoubt]
                        .compactMap { $0 }.joined(separator: " ")))
        }
        for layer in statistics.dropLast() {
            let dead = layer.units.filter { $0.activeImages == 0 }
            if !dead.isEmpty {
                let names = dead.prefix(8).map { String($0.unit) }.joined(separator: ", ")
                warnings.append(
                    .init(
                        summary: "\(dead.count) of \(layer.units.count) units of \(layer.layer) are dead",
                        explanation: "They are above zero in none of the images: \(names)\(dead.count > 8 ? ", …" : "")."))
            }
        }
        if !tasks.isEmpty, let remark = (try? Composite.named(run.options.composite))?.foldingRemark(on: run.network) {
            warnings.append(.init(summary: "Relevance may meet other weights than the checkpoint’s", explanation: remark + "."))
        }
        let few = tasks.filter { !$0.target.isFacet && $0.choice.references.count < 10 }
        if !few.isEmpty {
            warnings.append(
                .init(
                    summary: "\(few.count) prototypes are matched to fewer than 10 real images",
                    explanation: "With so few references a prototype tends to show those images rather than what the unit looks for.",
                    remedy: "Use more images; the paper uses 50 per class."))
        }
        return warnings
    }
}
