import Images
import Network
import Run
import Tensors

/// One thread's share of the studio: memory for a batch under optimisation and for measuring single pictures.
final class PrototypeWorker {
    private let studio: PrototypeStudio
    private let layers: [PrototypeTask.Layer]
    private let workspace: Workspace
    private let measuring: Workspace
    private let matching: [SortMatching]
    private let batch: Int
    private let shapes: [Shape]

    init(studio: PrototypeStudio, plan: Plan, measuring: Plan, layers: [PrototypeTask.Layer]) throws {
        self.studio = studio
        self.layers = layers
        workspace = try Workspace(plan)
        self.measuring = try Workspace(measuring)
        batch = plan.request.batch
        shapes = try layers.map { try plan.shape(of: $0.name) }
        matching = shapes.map(SortMatching.init)
    }

    private var input: Shape { studio.network.input.shape }

    /// The distance in values between two images of a batch at matched layer `index`.
    private func stride(_ index: Int) -> Int { Layout.blocked.count(batch: 1, shapes[index]) }

    /// The prototypes of up to a batch of tasks, for every seed. References are looked at once.
    func make(_ tasks: [PrototypeTask], step: (Int) -> Void) throws -> [PrototypeStudio.Result] {
        let quantiles = try tasks.map { try quantileFunctions($0.choice.references) }
        let rounds = try (0..<studio.seeds).map {
            try optimise(tasks, quantiles, seed: studio.seed &+ UInt64($0), step: step)
        }
        return try tasks.indices.map { slot in
            try result(tasks[slot], rounds.map(\.pictures[slot]), rounds[0].beginnings[slot], quantiles[slot], rounds[0].curves[slot])
        }
    }

    /// One picture for each task from one seed's random beginnings.
    private func optimise(
        _ tasks: [PrototypeTask], _ quantiles: [[[Float]]], seed: UInt64, step: (Int) -> Void
    ) throws -> (pictures: [Picture], beginnings: [[Float]], curves: [[Prototype.CurvePoint]]) {
        let network = studio.network
        var states = tasks.map { task in
            PixelState(
                size: network.input.size, schedule: studio.schedule, mean: network.input.mean,
                deviation: network.input.standardDeviation,
                random: RandomSource(seed: seed, stream: "prototype/\(task.name)"))
        }
        let beginnings = states.map(\.pixels)
        var curves = [[Prototype.CurvePoint]](repeating: [], count: tasks.count)
        let steps = studio.schedule.steps
        for number in 0..<steps {
            // An unfinished batch is filled up with the first picture: a batch of one size runs the same code.
            for slot in 0..<batch {
                if slot < tasks.count {
                    states[slot].writeRolled(into: workspace.input + slot * input.count)
                } else {
                    (workspace.input + slot * input.count).update(from: workspace.input, count: input.count)
                }
            }
            let losses = try matchedGradient(quantiles)
            if number % max(1, steps / 50) == 0 || number == steps - 1 {
                for slot in tasks.indices { curves[slot].append(.init(step: number, loss: losses[slot])) }
            }
            let gradient = try workspace.gradient(of: Graph.inputName)
            for slot in tasks.indices { states[slot].descend(gradient + slot * input.count) }
            step(tasks.count)
        }
        let pictures = states.map { state in
            state.pixels.withUnsafeBufferPointer { pixels -> Picture in
                guard let base = pixels.baseAddress else { preconditionFailure("a picture has pixels") }
                return studio.images.preprocessing.picture(
                    fromNormalised: base, height: network.input.size[0], width: network.input.size[1])
            }
        }
        return (pictures, beginnings, curves)
    }

    /// Runs the batch in `workspace.input` forward, seeds the gradient of every picture's loss, and runs it backward. Returns
    /// each picture's weighted loss.
    private func matchedGradient(_ quantiles: [[[Float]]]) throws -> [Float] {
        try workspace.forward()
        var losses = [Float](repeating: 0, count: quantiles.count)
        for (index, layer) in layers.enumerated() {
            let map = try workspace.activation(of: layer.name)
            let seed = try workspace.seed(at: layer.name)
            let stride = stride(index)
            for slot in 0..<batch {
                if slot < quantiles.count {
                    losses[slot] += layer.weight * matching[index].loss(
                        map + slot * stride, quantiles: quantiles[slot][index], weight: layer.weight,
                        gradient: seed + slot * stride)
                } else {
                    (seed + slot * stride).update(repeating: 0, count: stride)
                }
            }
        }
        try workspace.backward()
        return losses
    }

    /// The mean quantile function of `references` at every matched layer, C x D each.
    private func quantileFunctions(_ references: [Reference]) throws -> [[Float]] {
        var sums = shapes.map(QuantileFunction.init)
        var begin = 0
        while begin < references.count {
            let part = references[begin..<min(begin + batch, references.count)]
            for (slot, reference) in part.enumerated() {
                try studio.images.write(reference, into: workspace.input + slot * input.count)
            }
            try workspace.forward()
            for (index, layer) in layers.enumerated() {
                let map = try workspace.activation(of: layer.name)
                for slot in 0..<part.count { matching[index].add(map + slot * stride(index), to: &sums[index]) }
            }
            begin += batch
        }
        return sums.map(\.values)
    }

    private func result(
        _ task: PrototypeTask, _ pictures: [Picture], _ beginning: [Float], _ quantiles: [[Float]],
        _ curve: [Prototype.CurvePoint]
    ) throws -> PrototypeStudio.Result {
        measuring.input.update(from: beginning, count: beginning.count)
        let start = try measuredLosses(quantiles)
        var real: [Float]?
        if let heldOut = task.choice.heldOut {
            try studio.images.write(heldOut, into: measuring.input)
            real = try measuredLosses(quantiles)
        }
        // Pictures as they are saved, so that anyone who loads one finds the same numbers.
        var end: [Float] = []
        var measurements: [PrototypeMeasurement] = [], features: [[Double]] = []
        for (number, picture) in pictures.enumerated() {
            studio.images.preprocessing.tensorValues(of: picture, into: measuring.input)
            let losses = try measuredLosses(quantiles)
            if number == 0 { end = losses }
            let layer = targetLayer(task)
            let summary = LayerSummary(
                try measuring.activation(of: layer), images: 1, shape: try measuring.plan.shape(of: layer))
            features.append(summary.sum)
            let logits = Array(
                UnsafeBufferPointer(
                    start: try measuring.activation(of: studio.network.logits), count: studio.network.classCount))
            var maximum: Float?
            if case .unit(_, let unit) = task.target { maximum = summary.maximum[unit] }
            measurements.append(PrototypeMeasurement(target: task.target, unitMaximum: maximum, logits: logits))
        }
        return PrototypeStudio.Result(
            task: task, pictures: pictures,
            layers: layers.enumerated().map { index, layer in
                .init(
                    layer: layer.name, weight: layer.weight, lossAtStart: start[index], lossAtEnd: end[index],
                    lossOfRealImage: real?[index])
            },
            curve: curve, measured: measurements[0], activations: measurements.map(\.activation),
            seedAgreement: meanCosine(features))
    }

    /// Where a target's features are compared between seeds.
    private func targetLayer(_ task: PrototypeTask) -> String {
        if case .unit(let layer, _) = task.target { return layer }
        return layers[layers.count - 1].name
    }

    /// The loss of the picture in `measuring.input` at every matched layer.
    private func measuredLosses(_ quantiles: [[Float]]) throws -> [Float] {
        try measuring.forward()
        return try layers.indices.map { index in
            matching[index].loss(
                try measuring.activation(of: layers[index].name), quantiles: quantiles[index], gradient: nil)
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
