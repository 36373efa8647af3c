import Dataset
import Diagnostics
import Foundation
import Images
import Network
import Run
import Tensors

/// Puts real images that excite a unit among others that do not, for people to pick from: the user study of VITAL (Gorgun et al.
/// 2025), with what a person sees measured beforehand.
///
/// - Those that excite the unit come from its candidates for references, best first; such as the prototype was not matched to come
///   before such as it was. Shown alone, each excites the unit more than three quarters of the real images do.
/// - Those that do not are drawn at random. Whole and as shown, each excites the unit less than half of the real images do.
///
/// Both are whole images, or both are windows of the same size. A unit's line-up depends on the run's seed and the unit alone.
struct LineUpMaker {
    /// Questions on the page that has some of every layer, at most.
    static let shownQuestions = 20
    /// Candidates of one unit that are looked at, at most.
    private static let tried = 16

    let network: ImageNetwork
    let images: RealImages
    let settings: ReferenceSettings
    let seed: UInt64
    let threads: Int
    /// Pictures of either kind.
    var each = 4
    /// As in `Plan.Request`.
    var algorithms: AlgorithmChoices?
    var precision = Precision.float32

    /// A unit whose line-up is to be made.
    private struct Wish: Sendable {
        var layer: String
        var choice: ReferenceChoice
        var real: LayerStatistics.Unit
    }

    /// The line-ups of the units that have a task in `tasks`, a layer each, in the order of `statistics`. `readable` are the numbers
    /// of the images that can be read. Throws a `Problem` when an image cannot be read all the same.
    func lineUps(
        for tasks: [PrototypeTask], statistics: [LayerStatistics], readable: [Int], progress: any ProgressReport
    ) throws -> [LineUp] {
        let byLayer = Dictionary(statistics.map { ($0.layer, $0) }) { first, _ in first }
        let wishes = tasks.compactMap { task -> Wish? in
            guard case .unit(let layer, let unit) = task.target, let real = byLayer[layer]?.units, real.indices.contains(unit)
            else { return nil }
            return Wish(layer: layer, choice: task.choice, real: real[unit])
        }
        guard !wishes.isEmpty else { return [] }
        let layers = statistics.map(\.layer).filter { name in wishes.contains { $0.layer == name } }
        let meter = try LineUpMeter(network: network, images: images, layers: layers, algorithms: algorithms, precision: precision)
        let pool = try LineUpPool(
            LineUpPool.draw(from: readable, seed: seed), sides: Set(wishes.map { Self.sides(of: $0.choice.references.first) }),
            layers: layers, meter: meter, grid: settings.grid(for: network.input.shape), seed: seed, threads: threads, progress: progress)
        nonisolated(unsafe) var questions: [String: [LineUp.Question]] = [:]
        progress.begin("Making line-ups (units)", total: wishes.count, done: 0)
        defer { progress.end() }
        let maker = self
        try OrderedWork.run(0..<wishes.count, threads: threads) {
            try Workspace(meter.plan)
        } piece: { workspace, number in
            try maker.question(wishes[number], pool, meter, workspace)
        } deliver: { number, question in
            if let question { questions[wishes[number].layer, default: []].append(question) }
            progress.update(number + 1)
        }
        return numbered(layers.map { LineUp(layer: $0, drawn: pool.count, questions: questions[$0] ?? []) })
    }

    /// Height and width of a window; empty for a whole image.
    private static func sides(of reference: Reference?) -> [Int] {
        (reference?.window).map { [$0[2] - $0[0], $0[3] - $0[1]] } ?? []
    }

    // MARK: One unit

    private func question(
        _ wish: Wish, _ pool: LineUpPool, _ meter: LineUpMeter, _ workspace: Workspace
    ) throws -> LineUp.Question? {
        let sides = Self.sides(of: wish.choice.references.first)
        let others = quiet(wish, pool.entries(sides: sides))
        guard others.count == each else { return nil }
        var pictures = others
        // All of one size, so that it gives nothing away.
        let unmatched = wish.choice.others.map { (reference: $0, isReference: false) }
        let matched = wish.choice.references.map { (reference: $0, isReference: true) }
        let candidates = (unmatched + matched).filter { Self.sides(of: $0.reference) == sides }.prefix(Self.tried)
        for begin in stride(from: candidates.startIndex, to: candidates.endIndex, by: meter.batch) {
            let part = candidates[begin..<min(begin + meter.batch, candidates.endIndex)]
            let maxima = try meter.maxima(of: part.map(\.reference), layers: [wish.layer], workspace)
            for ((reference, isReference), maxima) in zip(part, maxima) where pictures.count < 2 * each {
                let activation = maxima[wish.layer]?[wish.real.unit] ?? 0
                guard let share = wish.real.histogram.share(below: activation), share >= 0.75 else { continue }
                pictures.append(shown(reference, excites: true, isReference: isReference, activation, share))
            }
            if pictures.count == 2 * each { break }
        }
        guard pictures.count == 2 * each else { return nil }
        var random = RandomSource(seed: seed, stream: "line-up/order/\(wish.layer)/\(wish.real.unit)")
        return LineUp.Question(unit: wish.real.unit, pictures: pictures.shuffled(using: &random))
    }

    /// Pictures drawn from the pool that do not excite the unit.
    private func quiet(_ wish: Wish, _ entries: [LineUpPool.Entry]) -> [LineUp.Shown] {
        let unit = wish.real.unit
        let taken = Set((wish.choice.references + wish.choice.others).map(\.image))
        func share(_ maxima: [String: [Float]]) -> (activation: Float, below: Float)? {
            guard let values = maxima[wish.layer], let below = wish.real.histogram.share(below: values[unit]) else { return nil }
            return (values[unit], below)
        }
        var fitting = entries.compactMap { entry -> LineUp.Shown? in
            guard !taken.contains(entry.reference.image), let whole = share(entry.whole), let own = share(entry.shown),
                whole.below < 0.5, own.below < 0.5
            else { return nil }
            return shown(entry.reference, excites: false, isReference: false, own.activation, own.below)
        }
        var random = RandomSource(seed: seed, stream: "line-up/others/\(wish.layer)/\(unit)")
        fitting.shuffle(using: &random)
        return Array(fitting.prefix(each))
    }

    private func shown(
        _ reference: Reference, excites: Bool, isReference: Bool, _ activation: Float, _ share: Float
    ) -> LineUp.Shown {
        let path = reference.window.map { RunPath.windowPicture(reference.image, $0, format: images.keptFormat) }
            ?? .imagePicture(reference.image, format: images.keptFormat)
        return LineUp.Shown(
            image: reference.image, window: reference.window, picture: path.description, excites: excites, isReference: isReference,
            activation: activation, shareBelow: share)
    }

    // MARK: The page of some

    /// With `Question.number` set for some of every layer in turn, drawn with the run's seed.
    private func numbered(_ lineUps: [LineUp]) -> [LineUp] {
        var result = lineUps
        let open = lineUps.map { lineUp -> [Int] in
            var random = RandomSource(seed: seed, stream: "line-up/page/\(lineUp.layer)")
            return lineUp.questions.indices.shuffled(using: &random)
        }
        let rounds = (0..<(open.map(\.count).max() ?? 0)).flatMap { round in
            open.indices.compactMap { layer in round < open[layer].count ? (layer, open[layer][round]) : nil }
        }
        for (number, (layer, question)) in rounds.prefix(Self.shownQuestions).enumerated() {
            result[layer].questions[question].number = number + 1
        }
        return result
    }

    // MARK: Pictures

    /// Writes the windows that `lineUps` show and `folder` does not have, each cut out at its own size.
    func keepWindows(_ lineUps: [LineUp], in folder: RunFolder) throws {
        var windows: [RunPath: Reference] = [:]
        for shown in lineUps.flatMap({ $0.questions.flatMap(\.pictures) }) {
            guard let window = shown.window else { continue }
            windows[.windowPicture(shown.image, window, format: images.keptFormat)] = Reference(image: shown.image, window: window)
        }
        let open = windows.filter { !folder.exists($0.key) }.sorted { $0.key.description < $1.key.description }
        let images = self.images
        try OrderedWork.run(0..<open.count, threads: threads) {
        } piece: { _, number in
            try images.encoded(images.cut(open[number].value))
        } deliver: { number, bytes in
            try folder.writeBytes(bytes, to: open[number].key)
        }
    }
}
