import Run

/// What a reader should know before believing a report, found while it was made.
enum RunWarnings {
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
        if let top1 = sweep.top1, top1 < 3 / Float(run.network.classCount) || top1 < 0.1 {
            let percent = (Double(top1) * 1000).rounded() / 10
            warnings.append(
                .init(
                    summary: "The network gets only \(percent) % of the labelled images right",
                    explanation: "Either the images are far from what it was trained on, or labels or preprocessing do not fit.",
                    remedy: "Check the order of classes (--labels) and the checkpoint."))
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
        let few = tasks.filter { $0.choice.references.count < 10 }
        if !few.isEmpty {
            warnings.append(
                .init(
                    summary: "\(few.count) prototypes are matched to fewer than 10 real images",
                    explanation: "With so few references a prototype tends to show those images rather than what the unit looks for.",
                    remedy: "Use more images; 50 a class are published practice."))
        }
        return warnings
    }
}
