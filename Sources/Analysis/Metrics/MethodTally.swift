import Run

/// Gathers what was read of one method's pictures, in order, into a row of the comparison.
struct MethodTally {
    /// Of one class's pictures.
    private struct ClassTally {
        var pictures = 0
        var correct = 0
        var judgedCorrect = 0
        var probability = 0.0
        var judgedProbability = 0.0
        var grain = 0.0
        /// Sums over pictures, and of some each picture's own.
        var colours: [Double] = []
        var ownColours: [[Float]] = []
        var kept: [Comparison.Kept] = []
        var features: [[Double]] = []
    }

    private let classes: [Int]
    private var tallies: [Int: ClassTally] = [:]
    /// Class logits and the classes they are of.
    private var logits: [(index: Int, value: Float)] = []
    private(set) var distribution: FeatureDistribution?

    /// - Parameter features: how many there are; nil to gather no distribution.
    init(classes: [Int], features: Int?) {
        self.classes = classes
        distribution = features.map(FeatureDistribution.init)
    }

    /// What the judge makes of a picture: the class it sees, and the probability it gives the picture's own.
    struct Judgement: Sendable {
        var predicted: Int
        var probability: Float

        init(_ reading: PictureMeter.Reading, class index: Int) {
            (predicted, probability) = (reading.predicted, reading.probability(of: index))
        }
    }

    /// Adds a picture of class `index`. `path` names it where it is kept; `keepsFeatures` where pictures of a class are compared with
    /// each other, which holds them all in memory.
    mutating func add(_ reading: PictureMeter.Reading, class index: Int, judged: Judgement?, path: String?, keepsFeatures: Bool) {
        var tally = tallies[index] ?? ClassTally()
        tally.pictures += 1
        if reading.predicted == index { tally.correct += 1 }
        tally.probability += Double(reading.probability(of: index))
        if let judged {
            tally.judgedCorrect += judged.predicted == index ? 1 : 0
            tally.judgedProbability += Double(judged.probability)
        }
        tally.grain += Double(reading.surface.grain)
        if tally.colours.isEmpty { tally.colours = Array(repeating: 0, count: reading.surface.colours.count) }
        for (part, share) in reading.surface.colours.enumerated() { tally.colours[part] += Double(share) }
        if let path { tally.kept.append(.init(picture: path, predicted: reading.predicted, judged: judged?.predicted, logit: reading.logits[index])) }
        if keepsFeatures {
            tally.features.append(reading.features.map(Double.init))
            tally.ownColours.append(reading.surface.colours)
        }
        tallies[index] = tally
        logits.append((index, reading.logits[index]))
        distribution?.add(reading.features)
    }

    /// The largest logit of each class over its own pictures.
    var largestLogits: [Int: Float] { Dictionary(logits.map { ($0.index, $0.value) }, uniquingKeysWith: max) }

    /// The colours of each class, as shares.
    var colours: [Int: [Float]] { tallies.mapValues { tally in tally.colours.map { Float($0 / Double(tally.pictures)) } } }

    /// The mean over pictures of the distance of their colours to those of the real images of their class, `real`. A real image is
    /// compared with the others of its class. Nil where there is nothing to compare.
    private func colourDistance(to real: [Int: [Float]], isReal: Bool) -> Float? {
        var distances: [Float] = []
        for (index, tally) in tallies {
            guard let whole = real[index] else { continue }
            for own in tally.ownColours {
                guard isReal else {
                    distances.append(PictureSurface.colourDistance(own, whole))
                    continue
                }
                let count = Float(tally.pictures)
                guard count > 1 else { continue }
                distances.append(PictureSurface.colourDistance(own, zip(whole, own).map { (count * $0 - $1) / (count - 1) }))
            }
        }
        // In the order of size: sums must not depend on that of a dictionary.
        return distances.isEmpty ? nil : distances.sorted().reduce(0, +) / Float(distances.count)
    }

    /// - Parameters:
    ///   - largest: of each class, the largest logit over its real images.
    ///   - colours: of each class, those of its real images.
    ///   - frechet: the distance and the number of pictures in it.
    func row(
        method: String, name: String, isReal: Bool, hasJudge: Bool, largest: [Int: Float], colours: [Int: [Float]], frechet: (distance: Double?, pictures: Int),
        seconds: Double?
    ) -> Comparison.Row {
        let all = classes.map { tallies[$0] ?? ClassTally() }
        let pictures = all.reduce(0) { $0 + $1.pictures }
        func share(_ count: Int, of total: Int) -> Float { total > 0 ? Float(count) / Float(total) : 0 }
        func mean(_ total: Double) -> Float? { pictures > 0 ? Float(total / Double(pictures)) : nil }
        let multiples = logits.compactMap { logit in largest[logit.index].flatMap { $0 > 0 ? logit.value / $0 : nil } }.sorted()
        let agreements = all.compactMap { meanCosine($0.features) }
        let firsts = zip(classes, all).filter { index, tally in tally.kept.first?.predicted == index }.count
        return Comparison.Row(
            method: method, name: name, pictures: pictures, accuracy: share(all.reduce(0) { $0 + $1.correct }, of: pictures),
            classAccuracy: isReal ? nil : share(firsts, of: classes.count),
            transfer: hasJudge ? share(all.reduce(0) { $0 + $1.judgedCorrect }, of: pictures) : nil,
            frechetDistance: frechet.distance, frechetPictures: frechet.pictures, activation: Self.median(multiples),
            seedAgreement: agreements.isEmpty ? nil : agreements.reduce(0, +) / Float(agreements.count),
            secondsPerPicture: pictures > 0 ? seconds.map { $0 / Double(pictures) } : nil,
            probability: mean(all.reduce(0) { $0 + $1.probability }),
            transferProbability: hasJudge ? mean(all.reduce(0) { $0 + $1.judgedProbability }) : nil,
            grain: mean(all.reduce(0) { $0 + $1.grain }), colourDistance: colourDistance(to: colours, isReal: isReal),
            classes: all.map {
                .init(pictures: $0.pictures, correct: $0.correct, judgedCorrect: hasJudge ? $0.judgedCorrect : nil, kept: $0.kept)
            })
    }

    /// Of ascending values; the mean of the middle two where there is no middle one.
    static func median(_ values: [Float]) -> Float? {
        guard !values.isEmpty else { return nil }
        return (values[(values.count - 1) / 2] + values[values.count / 2]) / 2
    }
}
