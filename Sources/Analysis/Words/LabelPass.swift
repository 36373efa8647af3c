import Dataset
import Diagnostics
import Network
import Run
import Tensors

/// One pass over the images, by the network and by the encoder: sums over all of them, and a table of as many as there is room for. What was
/// found of the images seen is kept every now and then, so that an interrupted pass goes on.
struct LabelPass {
    let run: ReportRun
    let encoder: ImageEncoder?
    /// Numbers of the images, rising.
    let readable: [Int]
    /// Units of each layer.
    let counts: [Int]
    /// From one time that what was found is kept to the next, at least.
    var saveEvery = Duration.seconds(20)

    private static let state = "words"
    private static let version = "words 1"

    private struct Progress {
        var sums: AssociationSums
        var table: LabelTable
        /// Images seen, rows of the table that are kept, and in how many parts.
        var seen = 0, kept = 0, parts = 0
    }

    /// Throws a `Problem` when an image can no longer be read.
    func found(progress report: any ProgressReport) throws -> (sums: AssociationSums, table: LabelTable) {
        let (units, width) = (counts.reduce(0, +), encoder?.width ?? 0), network = run.network, layers = run.options.layers
        let blocks = SweepBlocks(of: readable.count), rows = LabelTable.rows(of: readable.count, units: units, width: width)
        let sample = ImageSample(of: readable.count, atMost: rows)
        nonisolated(unsafe) var now = restored(units, width) ?? Progress(sums: .init(units: units, width: width), table: .init(units: units, width: width))
        guard now.seen < readable.count else { return (now.sums, now.table) }
        let plan = try Plan(
            network.graph,
            .init(
                batch: MicroBatch.size(for: network.input.shape), input: network.input.shape, activations: layers, threads: 1,
                algorithms: run.algorithms, precision: run.precision))
        report.begin("Looking at images and labels", total: readable.count, done: now.seen)
        defer { report.end() }
        let (encoder, preprocessing, readable) = (encoder, run.images.preprocessing, readable), states = run.states
        nonisolated(unsafe) var lastSave = ContinuousClock.now
        for block in 0..<blocks.count where blocks.images(of: block).lowerBound >= now.seen {
            try ImageReader(run.images).forEachBatch(of: readable[blocks.images(of: block)], size: plan.request.batch, threads: run.threads) {
                (own: try Workspace(plan), other: try encoder.map { try Workspace($0.plan) })
            } look: { workspaces, batch -> (activations: [Float], vectors: [Float]) in
                try batch.checkWhole()
                batch.write(preprocessing, into: workspaces.own.input)
                try workspaces.own.forward()
                let summaries = try layers.map {
                    LayerSummary(try workspaces.own.activation(of: $0), images: batch.count, shape: try plan.shape(of: $0))
                }
                let activations = (0..<batch.count).flatMap { slot in
                    summaries.flatMap { $0.maximum[slot * $0.units..<(slot + 1) * $0.units] }
                }
                guard let encoder, let other = workspaces.other else { return (activations, []) }
                return (activations, try encoder.vectors(of: batch.numbers, other))
            } deliver: { batch, found in
                try now.sums.add(found.activations, found.vectors, count: batch.count)
                for slot in 0..<batch.count {
                    if sample.contains(now.seen) {
                        now.table.add(
                            image: batch.numbers[slot], activations: found.activations[slot * units..<(slot + 1) * units],
                            vector: found.vectors[slot * width..<(slot + 1) * width])
                    }
                    now.seen += 1
                }
                report.update(now.seen)
            }
            if now.seen == readable.count || lastSave.duration(to: .now) > saveEvery {
                try save(&now, states)
                lastSave = .now
            }
        }
        return (now.sums, now.table)
    }

    // MARK: State

    /// Rows since the last time by themselves: what is written does not grow with what was seen.
    private func save(_ now: inout Progress, _ states: RunStates) throws {
        var rows = ByteArchive()
        now.table.save(from: now.kept, to: &rows)
        try states.write("\(Self.state)-\(now.parts)", rows.bytes)
        (now.kept, now.parts) = (now.table.images.count, now.parts + 1)
        var archive = ByteArchive()
        archive.put(Self.version)
        archive.put([now.seen, now.kept, now.parts].map(Int64.init))
        now.sums.save(to: &archive)
        try states.write(Self.state, archive.bytes)
    }

    /// Nil where nothing was kept that can be used.
    private func restored(_ units: Int, _ width: Int) -> Progress? {
        guard let bytes = try? run.states.read(Self.state) else { return nil }
        var archive = ByteArchive(bytes)
        guard (try? archive.takeText()) == Self.version, let places: [Int64] = try? archive.take(), places.count == 3,
            let sums = try? AssociationSums(units: units, width: width, from: &archive), (0...Int64(readable.count)).contains(places[0]),
            (0...places[0] + 1).contains(places[2])
        else { return nil }
        var found = Progress(sums: sums, table: .init(units: units, width: width))
        (found.seen, found.kept, found.parts) = (Int(places[0]), Int(places[1]), Int(places[2]))
        for part in 0..<found.parts {
            guard let bytes = try? run.states.read("\(Self.state)-\(part)") else { return nil }
            var rows = ByteArchive(bytes)
            guard (try? found.table.append(from: &rows)) != nil else { return nil }
        }
        return found.table.images.count == found.kept && sums.images == found.seen ? found : nil
    }

    /// What was kept is no longer needed once all is found.
    static func forget(_ states: RunStates) {
        var part = 0
        while states.folder.exists(.state("\(state)-\(part)")) {
            states.remove("\(state)-\(part)")
            part += 1
        }
        states.remove(state)
    }
}
