import Run

/// Gathers what was read of one method's pictures, in order, into a row of the comparison.
struct MethodTally {
    /// Of one class's pictures.
    private struct ClassTally {
        var pictures = 0
        var correct = 0
        var judgedCorrect = 0
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

    /// Adds a picture of class `index`. `path` names it where it is kept; `keepsFeatures` where pictures of a class are compared with
    /// each other, which holds them all in memory.
    mutating func add(_ reading: PictureMeter.Reading, class index: Int, judged: Int?, path: String?, keepsFeatures: Bool) {
        var tally = tallies[index] ?? ClassTally()
        tally.pictures += 1
        if reading.predicted == index { tally.correct += 1 }
        if judged == index { tally.judgedCorrect += 1 }
        if let path { tally.kept.append(.init(picture: path, predicted: reading.predicted, judged: judged, logit: reading.logits[index])) }
        if keepsFeatures { tally.features.append(reading.features.map(Double.init)) }
        tallies[index] = tally
        logits.append((index, reading.logits[index]))
        distribution?.add(reading.features)
    }

    /// The largest logit of each class over its own pictures.
    var largestLogits: [Int: Float] { Dictionary(logits.map { ($0.index, $0.value) }, uniquingKeysWith: max) }

    /// - Parameters:
    ///   - largest: of each class, the largest logit over its real images.
    ///   - frechet: the distance and the number of pictures in it.
    func row(
        method: String, name: String, isReal: Bool, hasJudge: Bool, largest: [Int: Float], frechet: (distance: Double?, pictures: Int),
        seconds: Double?
    ) -> Comparison.Row {
        let all = classes.map { tallies[$0] ?? ClassTally() }
        let pictures = all.reduce(0) { $0 + $1.pictures }
        func share(_ count: Int, of total: Int) -> Float { total > 0 ? Float(count) / Float(total) : 0 }
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
