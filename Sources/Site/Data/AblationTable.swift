public import Run

/// What switching units off did, as people read it on a terminal, and as comma-separated values.
public struct AblationTable: Sendable {
    private let ablation: Ablation
    /// Units of each layer on a terminal.
    private static let shown = 8

    public init(_ ablation: Ablation) { self.ablation = ablation }

    // MARK: For a terminal

    public var text: String {
        let images = ablation.images
        var parts = [
            "\(ablation.network.displayName): \(Number.grouped(images.correct)) of \(Number.count(images.count, "image")) right, "
                + "\(Number.percent(Float(images.correct) / Float(max(1, images.count)))). Units that are off are "
                + "\(AblationWords.replacement(ablation.replacement)). Changes are over the same images; intervals 95 %."
        ]
        if !ablation.sets.isEmpty {
            parts.append(TextTable([["off together"] + Self.columns] + ablation.sets.map { [$0.name] + cells($0.effect) }, words: [0, 4]).text)
        }
        for layer in ablation.layers { parts += self.parts(of: layer) }
        return parts.joined(separator: "\n\n")
    }

    private static let columns = ["right", "change", "cross-entropy", "hurts most"]

    private func cells(_ effect: Ablation.Effect) -> [String] {
        [Number.percent(effect.all.accuracyAfter), AblationWords.accuracy(effect.all), AblationWords.loss(effect.all.loss), hurt(effect, 2)]
    }

    /// The classes that got worse, worst first: `cat −12.0 %, dog −3.1 %`.
    private func hurt(_ effect: Ablation.Effect, _ count: Int) -> String {
        let worse = effect.classes.filter { $0.change.loss > 0 }.prefix(count)
        return worse.isEmpty
            ? "–"
            : worse.map { "\(PlainText.clipped(ablation.className($0.index), to: 24)) \(Number.signedPercent($0.change.accuracy))" }.joined(separator: ", ")
    }

    private func parts(of layer: LayerAblation) -> [String] {
        var parts: [String] = []
        if !layer.units.isEmpty {
            let clear = AblationWords.clear(layer.units.map(\.effect))
            let head = "\(layer.layer): \(Number.count(layer.units.count, "unit")) off, one at a time; \(clear.count) "
                + "change accuracy clearly (by chance about \(clear.byChance) would)"
            let rest = layer.units.count - Self.shown
            parts.append(
                head + "\n" + TextTable([["unit"] + Self.columns] + layer.ranked.prefix(Self.shown).map { [String($0.index)] + cells($0.effect) }, words: [0, 4]).text
                    + (rest > 0 ? "\n… and \(rest) more" : ""))
        }
        if !layer.concepts.isEmpty {
            parts.append(
                "\(layer.layer): concepts\n"
                    + TextTable([["concept"] + Self.columns] + layer.concepts.map { [String($0.index)] + cells($0.effect) }, words: [0, 4]).text)
        }
        if !layer.carriers.isEmpty { parts.append(carriers(of: layer)) }
        return parts
    }

    private func carriers(of layer: LayerAblation) -> String {
        let way = layer.carriers.contains(where: \.isGreedy) ? "each chosen given those before it" : "ranked by what each does alone"
        let head = "\(layer.layer): units that carry a class, \(way), on one half of its images; measured on the other"
        let rows = layer.carriers.map { carriers -> [String] in
            [
                PlainText.clipped(ablation.className(carriers.index), to: 24), Number.percent(carriers.before.right),
                carriers.steps.isEmpty ? "none" : carriers.steps.map { String($0.unit) }.joined(separator: " "),
                AblationWords.share(carriers.off), carriers.randomOff.map(Number.percent) ?? "–",
                AblationWords.share(carriers.only), carriers.only.taken.map(Number.percent) ?? "–", carriers.randomOnly.map(Number.percent) ?? "–",
            ]
        }
        let tooFew = layer.tooFew.isEmpty ? "" : "\nToo few images to say: \(layer.tooFew.map(ablation.className).joined(separator: ", "))"
        return head + "\n"
            + TextTable(
                [["class", "right", "units", "right without", "without random", "right by them alone", "others taken for it", "random alone"]] + rows).text
            + tooFew
    }

    // MARK: For programs

    /// A line for what was switched off, and a line for each class that it hurt most (RFC 4180).
    var csv: String {
        var lines = [
            "layer,off,class,images,right_before,right_after,lost,gained,accuracy_change,lower,upper,cross_entropy_change,cross_entropy_lower,"
                + "cross_entropy_upper"
        ]
        func add(_ layer: String, _ off: String, _ effect: Ablation.Effect) {
            lines.append(line(layer, off, "", effect.all))
            for entry in effect.classes { lines.append(line(layer, off, ablation.className(entry.index), entry.change)) }
        }
        for layer in ablation.layers {
            for unit in layer.units { add(layer.layer, String(unit.index), unit.effect) }
            for concept in layer.concepts { add(layer.layer, "concept\(concept.index)", concept.effect) }
        }
        for set in ablation.sets { add("", set.name, set.effect) }
        return PlainText.csvFile(lines)
    }

    private func line(_ layer: String, _ off: String, _ label: String, _ change: Ablation.Change) -> String {
        let bounds = change.lossInterval ?? []
        let cells: [String] = [
            layer, off, label, String(change.images), String(change.before), String(change.after), String(change.lost), String(change.gained),
            Number.exact(change.accuracy), Number.exact(change.interval.first), Number.exact(change.interval.last), Number.exact(change.loss),
            Number.exact(bounds.first), Number.exact(bounds.last),
        ]
        return cells.map(PlainText.csv).joined(separator: ",")
    }

    /// The units that carry classes: a line a class and layer.
    var carriersCSV: String {
        var lines = [
            "layer,class,chosen_on,measured_on,right,units,right_without,lower,upper,right_without_random,right_alone,alone_lower,alone_upper,"
                + "others_taken_alone,right_random_alone"
        ]
        for layer in ablation.layers {
            for carriers in layer.carriers {
                let cells: [String] = [
                    layer.layer, ablation.className(carriers.index), String(carriers.chosenOn), String(carriers.measuredOn),
                    Number.exact(carriers.before.right), carriers.steps.map { String($0.unit) }.joined(separator: " "),
                    Number.exact(carriers.off.right), Number.exact(carriers.off.interval.first), Number.exact(carriers.off.interval.last),
                    Number.exact(carriers.randomOff), Number.exact(carriers.only.right), Number.exact(carriers.only.interval.first),
                    Number.exact(carriers.only.interval.last), Number.exact(carriers.only.taken), Number.exact(carriers.randomOnly),
                ]
                lines.append(cells.map(PlainText.csv).joined(separator: ","))
            }
        }
        return PlainText.csvFile(lines)
    }
}
