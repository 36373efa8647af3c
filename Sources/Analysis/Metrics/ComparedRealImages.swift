import Dataset
import Diagnostics
import Images
import Run

/// The real images of a comparison: what the pictures of the methods are measured by, and the row above theirs.
struct ComparedRealImages {
    let run: ComparisonRun

    /// Real images of a class that are kept as pictures.
    private static let kept = 2

    struct Findings {
        var row: Comparison.Row
        var largest: [Int: Float]
        /// Shares of colours, by class.
        var colours: [Int: [Float]]
        /// Of all real images of the classes.
        var distribution: FeatureDistribution?
        var unreadable: Set<Int>
    }

    /// Looks at all of them with the network, and with the judge if there is one.
    func measure(
        _ meter: PictureMeter, _ judge: PictureMeter?, hasDistance: Bool, _ progress: any ProgressReport
    ) throws -> Findings {
        let ceiling = RealCeiling(
            classes: run.classes, labels: run.images.labels, seeds: run.options.seeds, seed: run.options.seed)
        let numbers = ceiling.images, images = run.images
        let passes = judge == nil ? 1 : 2
        progress.begin("Looking at real images", total: passes * numbers.count, done: 0)
        defer { progress.end() }
        // One piece is delivered at a time, and nothing else touches these meanwhile.
        nonisolated(unsafe) var judged = [MethodTally.Judgement?](repeating: nil, count: numbers.count)
        if let judge {
            try judge.read(numbers.count) { try images.picture(numbers[$0]) } deliver: { place, reading in
                if let reading, let index = images.labels[numbers[place]] { judged[place] = .init(reading, class: index) }
                progress.update(place + 1)
            }
        }
        nonisolated(unsafe) var tally = MethodTally(classes: run.classes, features: nil)
        nonisolated(unsafe) var drawn = hasDistance ? FeatureDistribution(features: meter.featureCount) : nil
        nonisolated(unsafe) var rest = drawn
        nonisolated(unsafe) var unreadable = Set<Int>()
        nonisolated(unsafe) var counts: [Int: Int] = [:]
        let folder = run.folder, labels = images.labels
        try meter.read(numbers.count) { try images.picture(numbers[$0]) } deliver: { place, reading in
            progress.update((passes - 1) * numbers.count + place + 1)
            let number = numbers[place]
            guard let reading, let index = labels[number] else {
                unreadable.insert(number)
                return
            }
            let isDrawn = ceiling.drawn.contains(number)
            var path: RunPath?
            // Those drawn are shown; of a class none of which is drawn, its only one.
            if isDrawn || !ceiling.draws(from: index), counts[index, default: 0] < Self.kept {
                let place = RunPath.comparedPicture(method: "real", class: index, counts[index, default: 0])
                try folder.writeBytes(PNGEncoder.encode(images.picture(number)), to: place)
                counts[index, default: 0] += 1
                path = place
            }
            tally.add(reading, class: index, judged: judged[place], path: path?.description, keepsFeatures: isDrawn)
            if isDrawn { drawn?.add(reading.features) } else { rest?.add(reading.features) }
        }
        let largest = tally.largestLogits, colours = tally.colours
        if let empty = run.classes.first(where: { largest[$0] == nil }) {
            throw Problem("None of the images of the class \(run.classNames[empty]) could be read")
        }
        if !unreadable.isEmpty { progress.note("\(unreadable.count) images could not be read and are left out") }
        let distance = try rest.flatMap { try FrechetDistance(to: $0) }.flatMap { distance in try drawn.flatMap { try distance.distance(of: $0) } }
        let row = tally.row(
            method: "real", name: "Real images", isReal: true, hasJudge: judge != nil, largest: largest, colours: colours,
            frechet: (distance, drawn?.count ?? 0), seconds: nil)
        if let other = drawn { rest?.add(other) }
        return Findings(row: row, largest: largest, colours: colours, distribution: rest, unreadable: unreadable)
    }
}
