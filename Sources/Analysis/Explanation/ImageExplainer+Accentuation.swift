import Diagnostics
import Images
import Network
import Run
import Tensors

extension ImageExplainer {
    /// A unit that pictures are pushed towards.
    struct Accent: Sendable {
        let layer: String
        let unit: Int
        let accentuation: PictureAccentuation
    }

    /// Adds to `result` what becomes of `picture` when it is pushed towards each of the units.
    func accentuate(_ picture: Picture, folder: String, _ workspace: Workspace, _ result: inout ExplainedPicture) throws {
        guard !accents.isEmpty else { return }
        var found: [Explanation.Accentuation] = []
        for accent in accents {
            guard let statistics = statistics.first(where: { $0.layer == accent.layer }), statistics.units.indices.contains(accent.unit) else { continue }
            let real = statistics.units[accent.unit]
            let pushed = try accent.accentuation.accentuated(picture, unit: accent.unit, largest: real.maximum)
            let before = try look(at: picture, accent, workspace), after = try look(at: pushed, accent, workspace), first = prediction(before.logits)
            let name = "\(folder)/accentuated/\(RunPath.key(for: accent.layer))-\(accent.unit)"
            let change = zip(picture.pixels, pushed.pixels).map { Int($1) - Int($0) }
            result.maps["\(name).png"] = try PNGEncoder.encode(pushed)
            // Differences on grey, as large as can be shown.
            let largest = max(1, change.reduce(0) { max($0, abs($1)) }), gain = Float(127) / Float(largest)
            result.maps["\(name)-change.png"] = try PNGEncoder.encode(
                Picture(width: pushed.width, height: pushed.height, pixels: change.map { UInt8(clamping: 128 + Int((gain * Float($0)).rounded())) }))
            found.append(
                .init(
                    layer: accent.layer, key: RunPath.key(for: accent.layer), unit: accent.unit, kept: accent.accentuation.kept,
                    picture: "\(name).png", difference: "\(name)-change.png", largestChange: largest,
                    meanChange: Float(change.reduce(0) { $0 + abs($1) }) / Float(max(1, change.count)),
                    activation: before.activation, activationAfter: after.activation, largest: real.maximum,
                    percentileAfter: real.share(below: after.activation).map { 100 * $0 },
                    prediction: first, predictionAfter: prediction(after.logits),
                    probabilityAfter: first.flatMap { prediction(after.logits, of: $0.index)?.probability }))
        }
        result.explanation.accentuations = found
    }

    private func look(at picture: Picture, _ accent: Accent, _ workspace: Workspace) throws -> (activation: Float, logits: [Float]) {
        preprocessing.tensorValues(of: picture, into: workspace.input)
        try workspace.forward()
        let summary = LayerSummary(try workspace.activation(of: accent.layer), images: 1, shape: try plan.shape(of: accent.layer))
        return (summary.maximum[accent.unit], network.hasClasses ? try workspace.activationTensor(of: network.logits).values : [])
    }

    private func prediction(_ logits: [Float], of index: Int? = nil) -> Explanation.Prediction? {
        (index ?? logits.indices.max { logits[$0] < logits[$1] }).map { index in
            let measured = PrototypeMeasurement(target: .classOutput(index: index), strength: nil, logits: logits, scale: network.probabilityScale)
            return .init(index: index, logit: logits[index], probability: measured.probability ?? 0)
        }
    }
}
