import Diagnostics
import Foundation
import Images
import Network
import Run
import Tensors

/// What a run keeps: prototypes with all that lies beside them, and the real images that somebody mentions.
extension ReportRun {
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

    func save(_ result: PrototypeStudio.Result, _ statistics: [LayerStatistics], _ concepts: [LayerConcepts] = []) throws {
        let target = result.task.target
        let real: LayerStatistics.Unit
        switch target {
        case .classOutput(let index): real = statistics[options.layers.count].units[index]
        case .unit(let layer, let unit): real = statistics[options.layers.firstIndex(of: layer) ?? 0].units[unit]
        case .concept(let layer, let index):
            guard let found = concepts.first(where: { $0.layer == layer })?.concepts[index] else {
                preconditionFailure("a prototype of a concept that was not found")
            }
            real = found.statistics
        }
        var trust = result.measured.trust(among: real)
        trust.seedAgreement = result.seedAgreement
        let otherSeeds = result.pictures.indices.dropFirst().map { number in
            Prototype.OtherSeed(
                seed: options.seed &+ UInt64(number), picture: RunPath.otherSeedPicture(target, number).description,
                activation: result.activations[number])
        }
        // The pictures first: a document promises that its pictures are there.
        if let masked = result.masked { try folder.writeBytes(PNGEncoder.encode(masked), to: .maskedPicture(target)) }
        let limit = HeatMap.limit(of: result.heatMaps)
        for (number, map) in result.heatMaps.enumerated() {
            try folder.writeBytes(PNGEncoder.encode(map.overlay(limit: limit, size: network.input.size)), to: .heatMap(target, number))
        }
        let heatMaps = result.heatMaps.isEmpty
            ? nil
            : Prototype.HeatMaps(
                composite: options.composite, layer: result.task.layers[0].name, limit: limit,
                maps: result.heatMaps.enumerated().map { number, map in
                    .init(reference: number, picture: RunPath.heatMap(target, number).description, residual: map.residual.map { Float($0) })
                })
        let document = Prototype(
            target: target, picture: RunPath.prototypePicture(target).description, seed: options.seed, otherSeeds: otherSeeds,
            steps: result.steps, matching: result.layers, prior: Prototype.Prior(result.task.prior), references: result.task.choice.references,
            referenceChoice: result.task.choice.sentence,
            maskedPicture: result.masked.map { _ in RunPath.maskedPicture(target).description }, heatMaps: heatMaps, lossCurve: result.curve, trust: trust)
        for (number, picture) in result.pictures.enumerated() {
            let text = [
                ("Software", "\(tool.name) \(tool.version)"),
                ("Description", "VITAL prototype of \(result.task.name) in \(description.displayName)"),
                (
                    "Source",
                    "checkpoint sha256 \(description.checkpoint.sha256), seed \(options.seed &+ UInt64(number)), steps \(result.steps)"
                ),
            ]
            let path = number == 0 ? RunPath.prototypePicture(target) : .otherSeedPicture(target, number)
            try folder.writeBytes(PNGEncoder.encode(picture, text: text), to: path)
        }
        try folder.write(document, to: .prototype(target))
    }

    /// How many of a prototype's references are kept as pictures; the others are listed by path.
    static let shownReferences = 12

    func writeImages(
        _ tasks: [PrototypeTask], _ lineUps: [LineUp], statistics: [LayerStatistics], concepts: [LayerConcepts] = [], more: Set<Int> = [],
        tally: ClassTally, _ progress: any ProgressReport
    ) throws {
        var shown = more, mentioned = Set<Int>()
        for unit in concepts.flatMap({ $0.concepts.map(\.statistics) }) { shown.formUnion(unit.strongest.map(\.image)) }
        for layer in statistics.dropLast() {
            for unit in layer.units { shown.formUnion(unit.strongest.map(\.image)) }
        }
        for task in tasks {
            shown.formUnion(task.choice.references.prefix(Self.shownReferences).map(\.image))
            mentioned.formUnion(task.choice.references.map(\.image))
        }
        for picture in lineUps.flatMap({ $0.questions.flatMap(\.pictures) }) {
            mentioned.insert(picture.image)
            if picture.window == nil { shown.insert(picture.image) }
        }
        let format = images.keptFormat
        var index: [Int: ImageIndex.Image] = [:]
        for number in mentioned.union(shown) {
            let path = RunPath.imagePicture(number, format: format)
            let predicted = Int(tally.predicted[number])
            index[number] = .init(
                path: images.folder.items[number].relativePath, label: images.labels[number],
                predicted: (0..<network.classCount).contains(predicted) ? predicted : nil, picture: shown.contains(number) ? path.description : nil)
        }
        let open = shown.sorted().filter { index[$0]?.picture.flatMap { RunPath($0) }.map { !self.folder.exists($0) } ?? false }
        progress.begin("Keeping real images", total: shown.count, done: shown.count - open.count)
        defer { progress.end() }
        let (folder, images) = (self.folder, self.images)
        let done = shown.count - open.count
        try OrderedWork.run(0..<open.count, threads: threads) {
        } piece: { _, position in
            try images.encoded(images.picture(open[position]))
        } deliver: { position, bytes in
            try folder.writeBytes(bytes, to: .imagePicture(open[position], format: format))
            progress.update(done + position + 1)
        }
        try folder.write(ImageIndex(images: index), to: .images)
    }
}
