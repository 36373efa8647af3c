import Images
import Network
import Run
import Tensors

/// One thread's share of the studio: memory for a batch under optimisation and for measuring single pictures.
final class PrototypeWorker {
    private let studio: PrototypeStudio
    private let layers: [PrototypeTask.Layer]
    /// A batch for every resolution that the schedule has, the full one first.
    private let stages: [(pooling: PicturePooling, matching: MatchingBatch)]
    private let measuring: MatchingBatch
    private let transform: RealFourierTransform

    /// `plans` are those of the full resolution and of others in the schedule, by how many pixels along an axis they see as one.
    init(
        studio: PrototypeStudio, plans: [(factor: Int, plan: Plan)], measuring: Plan, layers: [PrototypeTask.Layer], guide: String?
    ) throws {
        self.studio = studio
        self.layers = layers
        stages = try plans.map {
            (
                PicturePooling(size: studio.network.input.size, factor: $0.factor, channels: studio.network.input.channels),
                try MatchingBatch($0.plan, layers: layers, guide: guide, inner: studio.inner, quantity: studio.composite.quantity)
            )
        }
        transform = RealFourierTransform(height: studio.network.input.size[0], width: studio.network.input.size[1])
        self.measuring = try MatchingBatch(measuring, layers: layers, guide: guide, inner: studio.inner, quantity: studio.composite.quantity)
    }

    private var coordinates: PictureCoordinates { studio.schedule.coordinates }
    private var input: Shape { studio.network.input.shape }

    /// The prototypes of up to a batch of tasks, for every seed. References are looked at once.
    func make(_ tasks: [PrototypeTask], step: (Int) -> Void) throws -> [PrototypeStudio.Result] {
        var bases: [(any PictureBasis)?] = []
        let objectives = try stages.indices.map { stage in
            try tasks.map { task in
                var colours = stage == 0 && coordinates.needsReferences ? ReferenceColours(transform: transform, channels: input[0]) : nil
                let objective = try objective(task, stage: stage) { colours?.add($0) }
                if stage == 0 { bases.append(try coordinates.basis(transform: transform, channels: input[0], references: colours)) }
                return objective
            }
        }
        let mirroring = try tasks.map { studio.schedule.mirroring == .whereReferencesAllow ? try self.mirroring($0) : nil }
        let schedules = zip(tasks, mirroring).map { task, mirroring in
            var schedule = studio.schedule
            // Without relevance nothing is saved by it.
            if task.guidance == nil { schedule.stepsPerView = 1 }
            if let mirroring { schedule.mirroring = mirroring.isUsed ? .always : .never }
            return schedule
        }
        let rounds = try (0..<studio.seeds).map {
            try optimise(tasks, schedules, objectives, bases, seed: studio.seed &+ UInt64($0), step: step)
        }
        return try tasks.indices.map { slot in
            var result = try result(
                tasks[slot], rounds.map(\.pictures[slot]), rounds[0].beginnings[slot], objectives[0][slot], rounds[0].curves[slot],
                steps: rounds[0].steps[slot], influence: rounds[0].influences[slot])
            result.mirroring = mirroring[slot]
            return result
        }
    }

    /// What the network sees in the first references of `task` as they are and mirrored.
    private func mirroring(_ task: PrototypeTask) throws -> Prototype.Mirroring {
        var view = PictureView(pooling: PicturePooling(size: studio.network.input.size, factor: 1, channels: input[0]))
        var image = [Float](repeating: 0, count: input.count), strengths: [Float] = []
        for isMirrored in [false, true] {
            view.isMirrored = isMirrored
            var sum: Float = 0
            for reference in task.choice.references.prefix(Mirroring.looks) {
                try studio.images.write(reference, into: &image)
                view.write(image, into: measuring.workspace.input)
                try measuring.workspace.forward()
                let measured = try measurement(task).measured
                sum += measured.probability ?? measured.activation
            }
            strengths.append(sum)
        }
        return Prototype.Mirroring(plain: strengths[0], mirrored: strengths[1])
    }

    /// What the network made of the picture that it saw last.
    private func measurement(_ task: PrototypeTask) throws -> (measured: PrototypeMeasurement, features: [Double]) {
        let layer = targetLayer(task)
        let summary = LayerSummary(
            try measuring.workspace.activation(of: layer), images: 1, shape: try measuring.workspace.plan.shape(of: layer))
        let logits = Array(
            UnsafeBufferPointer(start: try measuring.workspace.activation(of: studio.network.logits), count: studio.network.classCount))
        return (
            PrototypeMeasurement(
                target: task.target, strength: strength(task, summary), logits: logits, scale: studio.network.probabilityScale),
            summary.sum
        )
    }

    /// What a task's picture is matched to at the resolution of `stage`. At full resolution `look` is shown every reference.
    private func objective(
        _ task: PrototypeTask, stage: Int, look: (UnsafePointer<Float>) -> Void
    ) throws -> MatchingBatch.Objective {
        let (pooling, matching) = stages[stage]
        var image = [Float](repeating: 0, count: pooling.factor > 1 ? input.count : 0)
        return MatchingBatch.Objective(
            references: try matching.references(task.choice.references.count, start: task.guidance?.start) { number, target in
                guard pooling.factor > 1 else {
                    try studio.images.write(task.choice.references[number], into: target)
                    return look(target)
                }
                try studio.images.write(task.choice.references[number], into: &image)
                pooling.apply(to: image, into: target)
            }, start: task.guidance?.start)
    }

    /// One picture for each task from one seed's random beginnings.
    private func optimise(
        _ tasks: [PrototypeTask], _ schedules: [OptimisationSchedule], _ objectives: [[MatchingBatch.Objective]], _ bases: [(any PictureBasis)?], seed: UInt64, step: (Int) -> Void
    ) throws -> (pictures: [Picture], beginnings: [[Float]], curves: [[Prototype.CurvePoint]], steps: [Int], influences: [[Float]]) {
        let network = studio.network
        let states = tasks.indices.map { slot in
            PixelState(
                size: network.input.size, schedule: schedules[slot], mean: network.input.unitMean,
                deviation: network.input.unitDeviation, basis: bases[slot],
                random: RandomSource(seed: seed, stream: "prototype/\(tasks[slot].name)"))
        }
        var batch = PictureBatch(states, priors: tasks.map(\.prior))
        let beginnings = states.map(\.pixels)
        var curves = [[Prototype.CurvePoint]](repeating: [], count: tasks.count)
        let steps = studio.schedule.steps
        for number in 0..<steps {
            guard let first = batch.moving.first else {
                step(tasks.count * (steps - number))
                break
            }
            // All pictures of a batch are in the same phase.
            let factor = batch.states[first].pooling.factor
            let stage = stages.firstIndex { $0.pooling.factor == factor } ?? 0
            for (slot, loss) in try batch.step(stages[stage].matching, objectives[stage], pooling: stages[stage].pooling)
            where number % max(1, steps / 50) == 0 || batch.states[slot].isFinished {
                curves[slot].append(.init(step: number, loss: loss))
            }
            step(tasks.count)
        }
        let pictures = batch.states.map { state in
            state.pixels.withUnsafeBufferPointer { pixels -> Picture in
                guard let base = pixels.baseAddress else { preconditionFailure("a picture has pixels") }
                return studio.images.preprocessing.picture(
                    fromNormalised: base, height: network.input.size[0], width: network.input.size[1])
            }
        }
        return (pictures, beginnings, curves, batch.states.map(\.step), batch.states.map(\.influence))
    }

    private func result(
        _ task: PrototypeTask, _ pictures: [Picture], _ beginning: [Float], _ objective: MatchingBatch.Objective,
        _ curve: [Prototype.CurvePoint], steps: Int, influence: [Float]
    ) throws -> PrototypeStudio.Result {
        measuring.workspace.input.update(from: beginning, count: beginning.count)
        let start = try measuring.losses(objective)
        var real: [Float]?
        if let heldOut = task.choice.heldOut {
            try studio.images.write(heldOut, into: measuring.workspace.input)
            real = try measuring.losses(objective)
        }
        // Pictures as they are saved, so that anyone who loads one finds the same numbers.
        var end: [Float] = []
        var measurements: [PrototypeMeasurement] = [], features: [[Double]] = []
        for (number, picture) in pictures.enumerated() {
            studio.images.preprocessing.tensorValues(of: picture, into: measuring.workspace.input)
            let losses = try measuring.losses(objective)
            if number == 0 { end = losses }
            let (measured, summed) = try measurement(task)
            features.append(summed)
            measurements.append(measured)
        }
        var heatMaps: [HeatMap] = []
        if let start = task.guidance?.start {
            for reference in task.choice.references.prefix(studio.heatMaps) {
                try studio.images.write(reference, into: measuring.workspace.input)
                if let map = try measuring.heatMap(start: start) { heatMaps.append(map) }
            }
        }
        return PrototypeStudio.Result(
            task: task, pictures: pictures,
            masked: task.guidance == nil ? nil : pictures.first.map { MaskedPicture.make($0, influence: influence) }, heatMaps: heatMaps,
            layers: layers.enumerated().map { index, layer in
                .init(
                    layer: layer.name, weight: layer.weight, lossAtStart: start[index], lossAtEnd: end[index],
                    lossOfRealImage: real?[index])
            },
            curve: curve, steps: steps, measured: measurements[0], activations: measurements.map(\.activation),
            seedAgreement: meanCosine(features))
    }

    /// Where a target's features are compared between seeds.
    private func targetLayer(_ task: PrototypeTask) -> String {
        task.target.layer ?? layers[layers.count - 1].name
    }

    /// How strongly a unit or a concept is excited by what `summary` tells of one picture; nil for a class, whose logit says it.
    private func strength(_ task: PrototypeTask, _ summary: LayerSummary) -> Float? {
        switch task.target {
        case .unit(_, let unit), .facet(_, let unit, _): return summary.maximum[unit]
        case .concept:
            guard case .direction(let direction)? = task.guidance?.start else { return nil }
            let means = summary.sum.map { Float($0 / Double(summary.area)) }
            return Float(projection(means, on: direction))
        case .classOutput: return nil
        }
    }
}

/// The mean cosine over all pairs of `vectors`; nil when there is no pair.
func meanCosine(_ vectors: [[Double]]) -> Float? {
    func product(_ a: [Double], _ b: [Double]) -> Double { zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }
    var cosines: [Double] = []
    for first in vectors.indices {
        for second in vectors.indices where second > first {
            let lengths = (product(vectors[first], vectors[first]) * product(vectors[second], vectors[second])).squareRoot()
            cosines.append(lengths > 0 ? product(vectors[first], vectors[second]) / lengths : 0)
        }
    }
    return cosines.isEmpty ? nil : Float(cosines.reduce(0, +) / Double(cosines.count))
}
