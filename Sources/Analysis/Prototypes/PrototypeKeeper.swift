import Diagnostics
import Images
import Run

/// Writes finished prototypes into a run's folder, with all that lies beside them, and tells which are there.
struct PrototypeKeeper: Sendable {
    let run: ReportRun

    private var folder: RunFolder { run.folder }

    /// True when a target's prototype is there and whole: a damaged one is made again.
    func isMade(_ target: Prototype.Target) -> Bool {
        guard let document = try? folder.read(Prototype.self, from: .prototype(target)), document.target == target,
            let picture = try? folder.readBytes(.prototypePicture(target)),
            (try? ImageDecoder.decode(picture, name: "")) != nil
        else { return false }
        let others = [document.maskedPicture].compactMap { $0 } + (document.heatMaps?.maps.map(\.picture) ?? [])
        return others.allSatisfy { path in
            guard let path = RunPath(path), let bytes = try? folder.readBytes(path) else { return false }
            return (try? ImageDecoder.decode(bytes, name: "")) != nil
        }
    }

    /// Keeps `result`, whose target does on real images what `real` says.
    func save(_ result: PrototypeStudio.Result, among real: LayerStatistics.Unit) throws {
        let target = result.task.target, seed = run.options.seed
        // The pictures first: a document promises that its pictures are there.
        if let masked = result.masked { try folder.writeBytes(PNGEncoder.encode(masked), to: .maskedPicture(target)) }
        let heatMaps = try saveHeatMaps(result)
        for (number, picture) in result.pictures.enumerated() {
            let path = number == 0 ? RunPath.prototypePicture(target) : .otherSeedPicture(target, number)
            try folder.writeBytes(PNGEncoder.encode(picture, text: text(result, number)), to: path)
        }
        var trust = result.measured.trust(among: real)
        trust.seedAgreement = result.seedAgreement
        let otherSeeds = result.pictures.indices.dropFirst().map { number in
            Prototype.OtherSeed(
                seed: seed &+ UInt64(number), picture: RunPath.otherSeedPicture(target, number).description,
                activation: result.activations[number])
        }
        let document = Prototype(
            target: target, picture: RunPath.prototypePicture(target).description, seed: seed, otherSeeds: otherSeeds,
            steps: result.steps, matching: result.layers, mirroring: result.mirroring, prior: Prototype.Prior(result.task.prior), references: result.task.choice.references,
            referenceChoice: result.task.choice.sentence,
            maskedPicture: result.masked.map { _ in RunPath.maskedPicture(target).description }, heatMaps: heatMaps, lossCurve: result.curve, trust: trust)
        try folder.write(document, to: .prototype(target))
    }

    private func saveHeatMaps(_ result: PrototypeStudio.Result) throws -> Prototype.HeatMaps? {
        guard !result.heatMaps.isEmpty else { return nil }
        let target = result.task.target, limit = HeatMap.limit(of: result.heatMaps)
        let maps = try result.heatMaps.enumerated().map { number, map in
            let path = RunPath.heatMap(target, number)
            try folder.writeBytes(PNGEncoder.encode(map.overlay(limit: limit, size: run.network.input.size)), to: path)
            return Prototype.HeatMaps.Map(reference: number, picture: path.description, residual: map.residual.map { Float($0) })
        }
        return Prototype.HeatMaps(composite: run.options.composite, layer: result.task.layers[0].name, limit: limit, maps: maps)
    }

    /// What a picture's file says of itself.
    private func text(_ result: PrototypeStudio.Result, _ number: Int) -> [(key: String, value: String)] {
        [
            ("Software", "\(run.tool.name) \(run.tool.version)"),
            ("Description", "VITAL prototype of \(result.task.name) in \(run.description.displayName)"),
            (
                "Source",
                "checkpoint sha256 \(run.description.checkpoint.sha256), seed \(run.options.seed &+ UInt64(number)), steps \(result.steps)"
            ),
        ]
    }
}
