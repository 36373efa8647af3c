import Diagnostics
import Images
import Network
import Run

/// Where the heads of attentions look, in some of the images, where that was asked for.
struct AttentionStage: ReportStage {
    struct Findings: ShowsImages {
        var shownImages: Set<Int> = []
    }

    /// Images looked at, at most: spread evenly over those that can be read.
    static let mostImages = 2000

    let title = "Looking where heads look", unit = "images"
    let needs: [any ReportStage.Type] = [StatisticsStage.self]

    func documents(of run: ReportRun, _ findings: ReportFindings) -> [RunPath] { run.attentions.isEmpty ? [] : [.heads] }

    /// Some networks are passed several times.
    func pieces(of sample: ReportSample, done: Int) -> Int {
        let images = max(1, sample.run.images.count)
        return (done + images - 1) / images * min(sample.real.count, Self.mostImages)
    }

    func run(_ run: ReportRun, _ findings: ReportFindings, progress: any ProgressReport) throws -> Findings {
        guard !run.attentions.isEmpty else { return Findings() }
        // One that is damaged is made again.
        if let known = try? run.folder.read(AttentionHeads.self, from: .heads), known.layers.map(\.name) == run.attentions.map(\.name) {
            return Findings(known)
        }
        let readable = findings.of(StatisticsStage.self).readable, count = min(readable.count, Self.mostImages)
        let chosen = (0..<count).map { readable[$0 * readable.count / count] }
        let sweep = try HeadSweep(run.attentions, network: run.network, images: run.images, algorithms: run.algorithms)
        progress.begin(title, total: chosen.count * sweep.passCount, done: 0)
        defer { progress.end() }
        let tallies = try sweep.tallies(of: chosen, threads: run.threads, done: progress.update)
        let document = AttentionHeads(
            images: chosen.count, layers: try zip(sweep.geometries, tallies).map { try Self.layer($0, $1, in: run.folder) })
        try run.folder.write(document, to: .heads)
        return Findings(document)
    }

    private static func layer(_ geometry: HeadGeometry, _ tallies: [HeadTally], in folder: RunFolder) throws -> AttentionHeads.Layer {
        let attention = geometry.attention, uniform = geometry.uniform
        let heads = try tallies.enumerated().map { index, tally in
            let pictures = try tally.strongest.enumerated().map { number, found in
                let path = RunPath.headPicture(layer: attention.name, head: index, number)
                let map = HeatMap(values: found.map, height: geometry.rows.count, width: geometry.columns.count, residual: nil)
                try folder.writeBytes(PNGEncoder.encode(map.overlay(limit: found.share, size: [map.height, map.width])), to: path)
                return path.description
            }
            return tally.head(index, geometry, pictures: pictures)
        }
        return .init(
            name: attention.name, windows: attention.windows, queries: attention.queries, keys: attention.keys, tokens: geometry.tokens,
            looker: geometry.looker?.token, uniformDistance: uniform.distance, uniformEntropy: uniform.entropy, heads: heads)
    }
}

extension AttentionStage.Findings {
    fileprivate init(_ document: AttentionHeads) {
        shownImages = Set(document.layers.flatMap { $0.heads.flatMap { $0.strongest.map(\.image) } })
    }
}
