import Diagnostics
import Run
import Tensors

/// Which units of a layer carry a class: those whose absence makes its images least certain, and whether they alone keep it.
struct CarrierSearch: Sendable {
    let layer: String
    let unitCount: Int
    /// Units among which is chosen.
    let candidates: [Int]
    /// Classes with images enough.
    let classes: [Int]
    let pass: AblationPass
    let halves: ImageHalves
    let labels: [Int?]
    /// Units for each class, at most.
    let count: Int
    let isGreedy: Bool
    let seed: UInt64

    /// Draws of as many units at random.
    static let draws = 5
    /// Images of other classes, at most.
    static let others = 1000

    /// A unit chosen, and the rise of the class's cross-entropy for which it was.
    typealias Choice = (unit: Int, loss: Double)

    /// - Parameter alone: the mean rise of a class's cross-entropy when a unit is switched off, on the images for choosing.
    func carriers(alone: (_ unit: Int, _ label: Int) -> Double, progress: any ProgressReport) throws -> [LayerAblation.Carriers] {
        let ranked = Dictionary(
            uniqueKeysWithValues: classes.map { label in (label, Self.ranked(candidates.map { ($0, alone($0, label)) })) })
        let chosen = isGreedy ? try greedy(ranked, progress) : ranked.mapValues { Array($0.prefix(count)) }
        return try measure(chosen, progress)
    }

    /// Those that make the class worse, most first; of equals the first.
    private static func ranked(_ choices: [Choice]) -> [Choice] {
        choices.filter { $0.loss > 0 }.sorted { ($1.loss, $0.unit) < ($0.loss, $1.unit) }
    }

    /// One unit after the other: each time that which, with those before it off, makes the class worst.
    private func greedy(_ ranked: [Int: [Choice]], _ progress: any ProgressReport) throws -> [Int: [Choice]] {
        var chosen = ranked.mapValues { Array($0.prefix(1)) }
        for _ in 1..<max(1, count) {
            let open = classes.filter { !(chosen[$0]?.isEmpty ?? true) }
            var ablations: [SwitchedOff] = [], wishes: [Int: [Int]] = [:], units: [Int] = []
            for label in open {
                let known = (chosen[label] ?? []).map(\.unit)
                for unit in candidates where !known.contains(unit) {
                    wishes[label, default: []].append(ablations.count)
                    ablations.append(.units(known + [unit], of: layer))
                    units.append(unit)
                }
            }
            guard !ablations.isEmpty else { break }
            var tallies = Array(repeating: Mean(), count: ablations.count)
            try look(open.flatMap { halves.choosing[$0] ?? [] }, ablations, wishes, "Choosing units of \(layer) together", progress) { _, before, after in
                for (ablation, outcome) in after { tallies[ablation].add(outcome.loss - before.loss) }
            }
            for label in open {
                let best = (wishes[label] ?? []).map { Choice(units[$0], tallies[$0].value) }.max { ($0.loss, $1.unit) < ($1.loss, $0.unit) }
                // Together they make it no worse than without the last one: enough.
                guard let best, best.loss > chosen[label]?.last?.loss ?? 0 else { continue }
                chosen[label]?.append(best)
            }
        }
        return chosen
    }

    private struct Mean {
        var sum = 0.0
        var count = 0

        mutating func add(_ value: Double) {
            count += 1
            if value.isFinite { sum += value }
        }

        var value: Double { count > 0 ? sum / Double(count) : 0 }
    }

    // MARK: Measuring

    /// What is switched off for a class, by its place in the list of all ablations.
    private struct Places {
        var off: [Int] = []
        var only: [Int] = []
        var randomOff: [Int] = []
        var randomOnly: [Int] = []
    }

    private func measure(_ chosen: [Int: [Choice]], _ progress: any ProgressReport) throws -> [LayerAblation.Carriers] {
        var ablations: [SwitchedOff] = [], places: [Int: Places] = [:]
        func add(_ units: [Int]) -> Int {
            ablations.append(.units(units, of: layer))
            return ablations.count - 1
        }
        func allBut(_ units: [Int]) -> [Int] {
            let kept = Set(units)
            return (0..<unitCount).filter { !kept.contains($0) }
        }
        for label in classes {
            let units = (chosen[label] ?? []).map(\.unit), rest = allBut(units)
            var own = Places()
            for count in units.indices { own.off.append(add(Array(units[...count]))) }
            // All are off where none was chosen.
            for count in min(1, units.count)...units.count { own.only.append(add(allBut(Array(units.prefix(count))))) }
            for draw in 0..<Self.draws where !units.isEmpty && rest.count >= units.count {
                var random = RandomSource(seed: seed, stream: "ablation/\(layer)/\(label)/\(draw)")
                let drawn = Array(rest.shuffled(using: &random).prefix(units.count)).sorted()
                own.randomOff.append(add(drawn))
                own.randomOnly.append(add(allBut(drawn)))
            }
            places[label] = own
        }
        // On the class's own images.
        var right = Array(repeating: 0, count: ablations.count), seen: [Int: Int] = [:], rightBefore: [Int: Int] = [:]
        let wishes = places.mapValues { $0.off + $0.only + $0.randomOff + $0.randomOnly }
        try look(classes.flatMap { halves.measuring[$0] ?? [] }, ablations, wishes, "Measuring what carries classes in \(layer)", progress) { label, before, after in
            seen[label, default: 0] += 1
            if before.predicted == label { rightBefore[label, default: 0] += 1 }
            for (ablation, outcome) in after where outcome.predicted == label { right[ablation] += 1 }
        }
        // On images of others: how many are taken for it.
        let lasts = places.mapValues { [$0.off.last, $0.only.last].compactMap { $0 } }
        let sample = halves.sample(atMost: Self.others)
        var takers: [Int: [Int]] = [:]
        for label in Set(sample.compactMap { labels[$0] }) { takers[label] = classes.filter { $0 != label }.flatMap { lasts[$0] ?? [] } }
        var owner: [Int: Int] = [:]
        for (label, places) in lasts { for place in places { owner[place] = label } }
        var taken = Array(repeating: 0, count: ablations.count), others: [Int: Int] = [:], takenBefore: [Int: Int] = [:], total = 0
        try look(sample, ablations, takers, "Looking at other classes’ images", progress) { label, before, after in
            total += 1
            others[label, default: 0] += 1
            takenBefore[before.predicted, default: 0] += before.predicted == label ? 0 : 1
            for (ablation, outcome) in after where outcome.predicted == owner[ablation] { taken[ablation] += 1 }
        }
        return classes.map { label in
            let own = places[label] ?? Places(), count = seen[label] ?? 0, otherCount = total - (others[label] ?? 0)
            func share(_ right: Int, _ taken: Int?) -> LayerAblation.Share {
                let interval = Interval95.ofShare(Double(right), of: count)
                return .init(
                    right: Float(right) / Float(max(1, count)), interval: [Float(interval.lower), Float(interval.upper)],
                    taken: otherCount > 0 ? taken.map { Float($0) / Float(otherCount) } : nil)
            }
            func share(at place: Int?) -> LayerAblation.Share? { place.map { share(right[$0], taken[$0]) } }
            func mean(_ places: [Int]) -> Float? {
                places.isEmpty || count == 0 ? nil : places.reduce(Float(0)) { $0 + Float(right[$1]) } / Float(places.count * count)
            }
            let before = share(rightBefore[label] ?? 0, takenBefore[label] ?? 0)
            return LayerAblation.Carriers(
                index: label, chosenOn: halves.choosing[label]?.count ?? 0, measuredOn: count, others: otherCount, isGreedy: isGreedy,
                before: before,
                steps: (chosen[label] ?? []).enumerated().map { place, choice in
                    .init(
                        unit: choice.unit, loss: Float(choice.loss), off: share(right[own.off[place]], nil).right,
                        only: share(right[own.only[place]], nil).right)
                },
                off: share(at: own.off.last) ?? before, randomOff: mean(own.randomOff), only: share(at: own.only.last) ?? before,
                randomOnly: mean(own.randomOnly), draws: own.randomOff.count)
        }
    }

    /// Looks at images with the ablations that `wishes` lists for their class.
    private func look(
        _ numbers: [Int], _ ablations: [SwitchedOff], _ wishes: [Int: [Int]], _ title: String, _ progress: any ProgressReport,
        deliver: @escaping (_ label: Int, _ before: AblationPass.Outcome, _ after: [(ablation: Int, outcome: AblationPass.Outcome)]) -> Void
    ) throws {
        let labels = labels
        try pass.run(numbers, ablations, title: title, progress: progress) { labels[$0].flatMap { wishes[$0] } ?? [] } deliver: { _, label, before, after in
            deliver(label, before, after)
        }
    }
}
