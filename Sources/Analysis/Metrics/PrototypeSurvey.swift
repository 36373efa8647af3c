public import Dataset
public import Diagnostics
import Images
import Network
public import Run

/// Measures the prototypes of a finished run: what they say about themselves, how grainy they are and in which colours beside their own
/// references, and what a network makes of them that took no part: the loss alone misleads.
public struct PrototypeSurvey: Sendable {
    let folder: RunFolder
    let manifest: RunManifest
    let images: RealImages
    let judge: Judge?
    let threads: Int

    /// References of each prototype that are looked at; more change the means no more.
    private static let mostReferences = 50

    public init(
        of folder: RunFolder, _ manifest: RunManifest, images: RealImages, judge: Judge?,
        threads: Int
    ) {
        self.folder = folder
        self.manifest = manifest
        self.images = images
        self.judge = judge
        self.threads = threads
    }

    /// The measures of every kind of target that the run has prototypes of. Throws a `Problem` when it has none, or a picture is missing.
    public func run(progress: any ProgressReport) throws -> PrototypeMeasures {
        let groups = try groups()
        guard !groups.isEmpty else {
            throw Problem("\(folder.path) holds no prototypes", remedy: "Make the report with units or classes that get them.", kind: .usage)
        }
        let all = groups.flatMap(\.prototypes)
        nonisolated(unsafe) var surfaces: [Surface] = [], skipped: [Int: ImageSetDescription.Skipped] = [:]
        progress.begin("Measuring prototypes", total: all.count, done: 0)
        defer { progress.end() }
        let survey = self
        try OrderedWork.run(0..<all.count, threads: threads) {
        } piece: { _, number in
            try survey.surface(of: all[number])
        } deliver: { number, surface in
            surfaces.append(surface)
            for item in surface.skipped { skipped[item.key] = item.value }
            progress.update(number + 1)
        }
        var rows: [PrototypeMeasures.Group] = [], place = 0
        for group in groups {
            rows.append(try row(group, surfaces: Array(surfaces[place..<place + group.prototypes.count])))
            place += group.prototypes.count
        }
        return PrototypeMeasures(
            run: folder.path, network: .init(manifest.network), judge: judge?.description, schedule: manifest.options.schedule,
            steps: manifest.options.steps, groups: rows, skipped: skipped.sorted { $0.key < $1.key }.map(\.value))
    }

    // MARK: What there is

    private struct Group {
        var name: String
        var prototypes: [Prototype]
    }

    /// Those with at least one prototype.
    private func groups() throws -> [Group] {
        var groups: [Group] = []
        func add(_ name: String, _ targets: [Prototype.Target]) throws {
            let prototypes = try targets.compactMap { try folder.read(Prototype.self, from: .prototype($0)) }
            if !prototypes.isEmpty { groups.append(Group(name: name, prototypes: prototypes)) }
        }
        let classes = try folder.read(ClassTable.self, from: .classes)?.classes.count ?? 0
        try add("classes", (0..<classes).map { .classOutput(index: $0) })
        for layer in manifest.options.layers {
            let units = try folder.read(LayerStatistics.self, from: .statistics(layer: layer))?.units.count ?? 0
            try add(layer, (0..<units).map { .unit(layer: layer, unit: $0) })
            let concepts = try folder.read(LayerConcepts.self, from: .concepts(layer: layer))?.concepts.count ?? 0
            try add("concepts of \(layer)", (0..<concepts).map { .concept(layer: layer, index: $0) })
        }
        return groups
    }

    /// Of the pictures of every seed, the first one first.
    private func paths(of prototype: Prototype) -> [String] { [prototype.picture] + prototype.otherSeeds.map(\.picture) }

    private func picture(_ path: String) throws -> Picture {
        guard let place = RunPath(path) else { throw Problem("A prototype of \(folder.path) names a picture outside the run: \(path)") }
        return try ImageDecoder.picture(at: folder.full(place))
    }

    // MARK: Grain and colours

    /// Of one prototype's pictures beside its references.
    private struct Surface: Sendable {
        var pictures: Int
        var grain: Float
        var realGrain: Float?
        var colourDistances: [Float]
        var skipped: [Int: ImageSetDescription.Skipped]
    }

    private func surface(of prototype: Prototype) throws -> Surface {
        var real: [PictureSurface] = [], skipped: [Int: ImageSetDescription.Skipped] = [:]
        for reference in prototype.references.prefix(Self.mostReferences) {
            guard images.folder.items.indices.contains(reference.image) else { continue }
            do { real.append(PictureSurface(try images.picture(reference), as: images.preprocessing)) } catch let problem as Problem {
                skipped[reference.image] = images.skipped(reference.image, problem)
            }
        }
        let own = try paths(of: prototype).map { PictureSurface(try picture($0), as: images.preprocessing) }
        func mean(_ values: [Float]) -> Float? { values.isEmpty ? nil : values.reduce(0, +) / Float(values.count) }
        var colours = [Float](repeating: 0, count: real.first?.colours.count ?? 0)
        for surface in real { for (part, share) in surface.colours.enumerated() { colours[part] += share / Float(real.count) } }
        return Surface(
            pictures: own.count, grain: mean(own.map(\.grain)) ?? 0, realGrain: mean(real.map(\.grain)),
            colourDistances: real.isEmpty ? [] : own.map { PictureSurface.colourDistance($0.colours, colours) }, skipped: skipped)
    }

    // MARK: Rows

    private func row(_ group: Group, surfaces: [Surface]) throws -> PrototypeMeasures.Group {
        let trust = group.prototypes.map(\.trust)
        func mean(_ values: [Float?]) -> Float? {
            let known = values.compactMap { $0 }
            return known.isEmpty ? nil : known.reduce(0, +) / Float(known.count)
        }
        let losses = group.prototypes.map { prototype in
            mean(prototype.matching.map { layer in layer.lossOfRealImage.flatMap { $0 > 0 ? layer.lossAtEnd / $0 : nil } })
        }
        let isClasses = group.prototypes.allSatisfy { $0.target.layer == nil }
        let transfer = try isClasses ? transfer(of: group.prototypes) : nil
        return PrototypeMeasures.Group(
            name: group.name, prototypes: group.prototypes.count, pictures: surfaces.reduce(0) { $0 + $1.pictures },
            percentile: mean(trust.map(\.percentile)), multipleOfLargest: MethodTally.median(trust.compactMap(\.multipleOfLargest).sorted()),
            relativeLoss: mean(losses), grain: mean(surfaces.map(\.grain)), realGrain: mean(surfaces.map(\.realGrain)),
            colourDistance: mean(surfaces.flatMap(\.colourDistances)), seedAgreement: mean(trust.map(\.seedAgreement)),
            accuracy: isClasses ? mean(group.prototypes.map { $0.target == $0.trust.predicted.map { .classOutput(index: $0) } ? 1 : 0 }) : nil,
            probability: isClasses ? mean(trust.map(\.probability)) : nil, transfer: transfer?.right, transferProbability: transfer?.probability)
    }

    /// What the judge makes of all pictures of classes; nil without one.
    private func transfer(of prototypes: [Prototype]) throws -> (right: Float, probability: Float)? {
        guard let judge else { return nil }
        let meter = try PictureMeter(judge.network, threads: threads)
        let all = prototypes.flatMap { prototype in paths(of: prototype).map { (target: prototype.target, path: $0) } }
        let survey = self
        nonisolated(unsafe) var right = 0, probability = 0.0
        try meter.read(all.count) { try survey.picture(all[$0].path) } deliver: { number, reading in
            guard let reading else { throw Problem("cannot read \(survey.folder.path)/\(all[number].path)", remedy: "Make the report again: it goes on.") }
            guard case .classOutput(let index) = all[number].target else { return }
            guard reading.logits.indices.contains(index) else {
                throw Problem("The judge knows \(reading.logits.count) classes, and there is a prototype of class \(index)", kind: .usage)
            }
            if reading.predicted == index { right += 1 }
            probability += Double(reading.probability(of: index))
        }
        guard !all.isEmpty else { return nil }
        return (Float(right) / Float(all.count), Float(probability / Double(all.count)))
    }
}
