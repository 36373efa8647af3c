import Dataset
import Diagnostics
import Images
import Network
import Run
import Tensors

/// Whether the prototypes of facets are like the references that they are for, and which of them the ordinary prototype is like.
struct FacetLikenessStage: ReportStage {
    let title = "Comparing facets", unit = "units"
    let needs: [any ReportStage.Type] = [StatisticsStage.self, FacetStage.self, PrototypeStage.self]

    func documents(of run: ReportRun, _ findings: ReportFindings) -> [RunPath] {
        layers(findings).map { .facetLikeness(layer: $0) }
    }

    /// Layers with facets, in order.
    private func layers(_ findings: ReportFindings) -> [String] {
        let named = Set(findings.of(FacetStage.self).tasks.compactMap(\.target.layer))
        return findings.of(StatisticsStage.self).layers.map(\.layer).filter(named.contains)
    }

    func run(_ run: ReportRun, _ findings: ReportFindings, progress: any ProgressReport) throws -> Void {
        try compare(run, findings, progress) { _ in true }
    }

    /// Of the units whose prototypes the sample has: not all of them are made for it.
    func measure(
        _ sample: ReportSample, _ findings: ReportFindings, _ estimate: inout ReportEstimate, progress: any ProgressReport
    ) throws -> Void {
        try measured(on: sample, &estimate) {
            try compare(sample.run, findings, $0) { sample.run.folder.exists(.prototypePicture($0)) }
        }
    }

    private func compare(
        _ run: ReportRun, _ findings: ReportFindings, _ progress: any ProgressReport, where isMade: (Prototype.Target) -> Bool
    ) throws {
        for layer in findings.of(StatisticsStage.self).layers where layers(findings).contains(layer.layer) {
            guard let facets = try run.folder.read(LayerFacets.self, from: .facets(layer: layer.layer)) else { continue }
            let units = facets.units.filter { !$0.facets.isEmpty && Self.targets($0, of: layer.layer).allSatisfy(isMade) }
            if let known = try? run.folder.read(FacetLikeness.self, from: .facetLikeness(layer: layer.layer)), known.units.map(\.unit) == units.map(\.unit) {
                continue
            }
            let features = try FacetFeatures(layer, run.network, algorithms: run.algorithms, precision: run.precision)
            let workspace = try Workspace(features.plan)
            progress.begin("Comparing facets of \(layer.layer) (units)", total: units.count, done: 0)
            defer { progress.end() }
            var found: [FacetLikeness.Unit] = []
            for unit in units {
                found.append(try likeness(unit, of: layer.layer, features, workspace, run))
                progress.update(found.count)
            }
            try run.folder.write(FacetLikeness(units: found), to: .facetLikeness(layer: layer.layer))
        }
    }

    /// The unit itself, and its facets.
    private static func targets(_ unit: LayerFacets.Unit, of layer: String) -> [Prototype.Target] {
        [.unit(layer: layer, unit: unit.unit)] + unit.facets.indices.map { .facet(layer: layer, unit: unit.unit, index: $0) }
    }

    private func likeness(
        _ unit: LayerFacets.Unit, of layer: String, _ features: FacetFeatures, _ workspace: Workspace, _ run: ReportRun
    ) throws -> FacetLikeness.Unit {
        let vectors = try features.vectors(of: Self.targets(unit, of: layer), unit: unit.unit, workspace) { target, input in
            guard let bytes = try run.folder.readBytes(.prototypePicture(target)) else {
                throw Problem("There is no prototype of \(target.streamName)", remedy: "Run the report again: it makes it anew.")
            }
            run.images.preprocessing.tensorValues(of: try ImageDecoder.decode(bytes, name: "the prototype of \(target.streamName)"), into: input)
        }
        let centres = unit.facets.map(\.centre)
        let rows = vectors.map { vector in centres.map { Self.cosine(vector, $0) } }
        let real = unit.facets.indices.map { one in
            unit.facets.indices.map { other -> Float in
                let product = Self.cosine(centres[one], centres[other]), count = Float(unit.facets[one].references.count)
                // Without each with itself, which is 1.
                return one == other ? (count * product - 1) / max(1, count - 1) : product
            }
        }
        return FacetLikeness.Unit(unit: unit.unit, prototype: rows[0], facets: Array(rows.dropFirst()), references: real)
    }

    /// The mean cosine of a vector of unit length with those whose mean `centre` is.
    static func cosine(_ vector: [Float], _ centre: [Float]) -> Float { zip(vector, centre).reduce(0) { $0 + $1.0 * $1.1 } }
}
