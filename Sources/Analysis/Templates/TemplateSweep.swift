import Diagnostics
import Foundation
import Images
import Network
import Run
import Tensors

/// One pass over all readable images: which template the student matches at every position of every layer that matches some, which one
/// the teacher assigns there, and what student and teacher say of the classes.
final class TemplateSweep {
    private let network: ImageNetwork
    private let images: RealImages
    private let record: StudentRecord
    private let teacher: GivenTeacher?
    private let comparisons: [GivenTeacher.Comparison]
    private let teacherGraph: Graph?
    /// Numbers of the images to look at, rising.
    private let listing: [Int]
    /// Of `pictured` images, the place.
    private let places: [Int: Int]
    private let threads: Int
    private let algorithms: AlgorithmChoices?
    private let precision: Precision

    /// Images whose maps are kept.
    let pictured: [Int]
    /// C x H x W of the matches, of each layer.
    let shapes: [Shape]
    private(set) var tallies: [TemplateTally]
    /// For each layer, position by position of the pictured images: -1 for no match.
    private(set) var maps: [Maps]
    /// Labelled images that were right, by class: without templates, and by the teacher.
    private(set) var correctWithout: [Int64]
    private(set) var correctOfTeacher: [Int64]
    /// Images done, of the listing.
    private var position = 0
    private var lastSave = ContinuousClock.now

    struct Maps {
        var matches: [Int32]
        var strengths: [Float]
        var assignments: [Int32]
        var shares: [Float]
    }

    /// - Parameters:
    ///   - readable: numbers of the images that can be read, rising.
    ///   - pictured: those whose maps are kept.
    ///   - algorithms, precision: of the student, as in `Plan.Request`.
    /// - Throws: `Problem` when `teacher` cannot be the student's.
    init(
        network: ImageNetwork, images: RealImages, record: StudentRecord, teacher: GivenTeacher?, readable: [Int], pictured: [Int],
        threads: Int, algorithms: AlgorithmChoices?, precision: Precision
    ) throws {
        self.network = network
        self.images = images
        self.record = record
        self.teacher = teacher
        listing = readable
        self.pictured = pictured
        places = Dictionary(uniqueKeysWithValues: pictured.enumerated().map { ($1, $0) })
        self.threads = threads
        self.algorithms = algorithms
        self.precision = precision
        let scoring = try teacher?.scoring(record, of: network)
        let comparisons = scoring?.comparisons ?? []
        (teacherGraph, self.comparisons) = (scoring?.graph, comparisons)
        let all = try network.graph.mapShapes(input: network.input.shape)
        let shapes = try record.layers.map { all[try network.graph.node(named: $0.description.matches)] }
        self.shapes = shapes
        let classes = images.kinds(for: network)
        tallies = record.layers.enumerated().map { place, layer in
            TemplateTally(
                count: layer.description.count, classCount: classes, owners: layer.description.classes,
                hasTeacher: comparisons.contains { $0.layer == place })
        }
        maps = shapes.enumerated().map { place, shape in
            let cells = pictured.count * shape[1] * shape[2]
            let compared = comparisons.contains { $0.layer == place } ? cells : 0
            return Maps(
                matches: Array(repeating: -1, count: cells), strengths: Array(repeating: 0, count: cells),
                assignments: Array(repeating: 0, count: compared), shares: Array(repeating: 0, count: compared))
        }
        correctWithout = Array(repeating: 0, count: classes)
        correctOfTeacher = correctWithout
    }

    /// True when the teacher's classes are as many as the student's, and so taken for the same.
    var comparesClasses: Bool { teacher?.network.classCount == network.classCount }

    /// What a batch of images gave.
    private struct Batch: Sendable {
        /// Of each layer.
        var student: [TemplateScan]
        /// Of each comparison.
        var teacher: [TemplateScan]
        /// Of each comparison, by slot, for pictured images.
        var shares: [[Int: [Float]]]
        /// The class chosen for each image; empty where nobody asks.
        var without: [Int]
        var ofTeacher: [Int]
    }

    private struct Plans: Sendable {
        var student: Plan
        var without: Plan?
        var teacher: Plan?
    }

    private final class Worker {
        let student: Workspace
        let without: Workspace?
        let teacher: Workspace?

        init(_ plans: Plans) throws {
            student = try Workspace(plans.student)
            without = try plans.without.map { try Workspace($0) }
            teacher = try plans.teacher.map { try Workspace($0) }
        }
    }

    private func plans(batch: Int) throws -> Plans {
        func plan(_ graph: Graph, _ layers: [String], _ precision: Precision) throws -> Plan {
            try Plan(
                graph,
                .init(batch: batch, input: network.input.shape, activations: layers, threads: 1, algorithms: algorithms, precision: precision))
        }
        let isLabelled = images.isLabelled
        let wanted = comparisons.map(\.scores) + (isLabelled && comparesClasses ? [teacher?.network.logits].compactMap { $0 } : [])
        return Plans(
            student: try plan(network.graph, record.layers.map(\.description.matches), precision),
            without: isLabelled ? try plan(network.ignoringTemplates().graph, [network.logits], precision) : nil,
            // The nearest centre is a matter of small differences: always in single precision.
            teacher: wanted.isEmpty ? nil : try teacherGraph.map { try plan($0, wanted, .float32) })
    }

    /// Goes on from where it is to the last image. `save` is called every now and then, and at the end, with everything needed to go on
    /// from there. Throws a `Problem` when an image cannot be read.
    func run(progress: any ProgressReport, save: (@Sendable ([UInt8]) throws -> Void)? = nil) throws {
        guard position < listing.count else { return }
        let size = MicroBatch.size(for: network.input.shape)
        let plans = try plans(batch: size)
        progress.begin("Matching templates (images)", total: listing.count, done: position)
        defer { progress.end() }
        lastSave = .now
        let (images, listing, places) = (images, listing, places)
        let look = try look(plans)
        // Only one piece is delivered at a time, and nothing else touches this object meanwhile.
        nonisolated(unsafe) let sweep = self
        try OrderedWork.run((position + size - 1) / size..<(listing.count + size - 1) / size, threads: threads) {
            try Worker(plans)
        } piece: { worker, number in
            let numbers = Array(listing[number * size..<min((number + 1) * size, listing.count)])
            return try look(worker, try numbers.map { try images.picture($0) }, numbers.map { places[$0] != nil })
        } deliver: { number, batch in
            for slot in 0..<min(size, listing.count - number * size) { sweep.add(batch, slot: slot, image: listing[number * size + slot]) }
            sweep.position = min((number + 1) * size, listing.count)
            progress.update(sweep.position)
            if let save, sweep.lastSave.duration(to: .now) > .seconds(20) {
                try save(sweep.state())
                sweep.lastSave = .now
            }
        }
        try save?(state())
    }

    /// What is done with pictures, of which some are to have maps.
    private func look(_ plans: Plans) throws -> @Sendable (Worker, [Picture], [Bool]) throws -> Batch {
        let own = images.preprocessing, other = try teacher?.preprocessing(of: images)
        let values = network.input.shape.count, classCount = network.classCount
        let matches = record.layers.map(\.description.matches), shapes = shapes
        let comparisons = comparisons, logits = network.logits
        let teacherLogits = images.isLabelled && comparesClasses ? teacher?.network.logits : nil
        @Sendable func classes(_ workspace: Workspace, _ layer: String, _ count: Int) throws -> [Int] {
            let largest = LayerSummary(try workspace.activation(of: layer), images: count, shape: try workspace.plan.shape(of: layer)).maximum
            return (0..<count).map { Sweep.best(1, of: Array(largest[$0 * classCount..<($0 + 1) * classCount])).first ?? 0 }
        }
        return { worker, pictures, hasMap in
            for (slot, picture) in pictures.enumerated() {
                own.tensorValues(of: picture, into: worker.student.input + slot * values)
                if let other, let teacher = worker.teacher { other.tensorValues(of: picture, into: teacher.input + slot * values) }
            }
            // The last batch may be smaller: what is left of an earlier one in it is computed and not looked at.
            worker.without?.input.update(from: worker.student.input, count: pictures.count * values)
            try worker.student.forward()
            try worker.without?.forward()
            try worker.teacher?.forward()
            var batch = Batch(student: [], teacher: [], shares: [], without: [], ofTeacher: [])
            for (layer, shape) in zip(matches, shapes) {
                batch.student.append(
                    TemplateScan(try worker.student.activation(of: layer), images: pictures.count, shape: shape, findsPeaks: true))
            }
            if let workspace = worker.without { batch.without = try classes(workspace, logits, pictures.count) }
            guard let workspace = worker.teacher else { return batch }
            for comparison in comparisons {
                let map = try workspace.activation(of: comparison.scores), shape = shapes[comparison.layer]
                let scan = TemplateScan(map, images: pictures.count, shape: shape, findsPeaks: false)
                var shares: [Int: [Float]] = [:]
                for slot in pictures.indices where hasMap[slot] { shares[slot] = scan.shares(map, image: slot, shape: shape) }
                batch.teacher.append(scan)
                batch.shares.append(shares)
            }
            if let teacherLogits { batch.ofTeacher = try classes(workspace, teacherLogits, pictures.count) }
            return batch
        }
    }

    private func add(_ batch: Batch, slot: Int, image: Int) {
        let label = images.labels[image]
        for place in tallies.indices {
            let scan = batch.student[place], area = shapes[place][1] * shapes[place][2]
            let range = slot * area..<(slot + 1) * area
            // What is not above zero matches nothing.
            let matches = range.map { scan.values[$0] > 0 ? scan.best[$0] : -1 }
            let comparison = comparisons.firstIndex { $0.layer == place }
            let assigned = comparison.map { batch.teacher[$0].best[range] }
            tallies[place].add(image: image, label: label, matches: matches[...], teacher: assigned, peaks: scan.peaks[slot])
            guard let map = places[image] else { continue }
            let cells = map * area..<(map + 1) * area
            maps[place].matches.replaceSubrange(cells, with: matches)
            maps[place].strengths.replaceSubrange(cells, with: range.map { max(0, scan.values[$0]) })
            guard let comparison, let assigned, let shares = batch.shares[comparison][slot] else { continue }
            maps[place].assignments.replaceSubrange(cells, with: assigned)
            maps[place].shares.replaceSubrange(cells, with: shares)
        }
        guard let label, label < correctWithout.count else { return }
        if batch.without.indices.contains(slot), batch.without[slot] == label { correctWithout[label] += 1 }
        if batch.ofTeacher.indices.contains(slot), batch.ofTeacher[slot] == label { correctOfTeacher[label] += 1 }
    }

    // MARK: State

    private static let stateVersion = "templates 1"

    private func state() -> [UInt8] {
        var archive = ByteArchive()
        archive.put(Self.stateVersion)
        archive.put(position)
        archive.put(correctWithout)
        archive.put(correctOfTeacher)
        for tally in tallies { tally.save(to: &archive) }
        for map in maps {
            archive.put(map.matches)
            archive.put(map.strengths)
            archive.put(map.assignments)
            archive.put(map.shares)
        }
        return archive.bytes
    }

    /// Goes back to a state that `run` saved. Throws a `Problem` when it is not one of this pass.
    func restore(_ bytes: [UInt8]) throws {
        var archive = ByteArchive(bytes)
        guard try archive.takeText() == Self.stateVersion else { throw Problem("The saved state is of another version") }
        let position = try archive.takeInteger()
        let without: [Int64] = try archive.take(), ofTeacher: [Int64] = try archive.take()
        var tallies = tallies, maps = maps
        for place in tallies.indices { try tallies[place].load(from: &archive) }
        for place in maps.indices {
            let loaded = Maps(
                matches: try archive.take(), strengths: try archive.take(), assignments: try archive.take(), shares: try archive.take())
            guard loaded.matches.count == maps[place].matches.count, loaded.strengths.count == maps[place].strengths.count,
                loaded.assignments.count == maps[place].assignments.count, loaded.shares.count == maps[place].shares.count
            else { throw Problem("The saved state is that of other templates") }
            maps[place] = loaded
        }
        guard (0...listing.count).contains(position), without.count == correctWithout.count, ofTeacher.count == correctOfTeacher.count else {
            throw Problem("The saved state is that of other templates")
        }
        (self.position, correctWithout, correctOfTeacher, self.tallies, self.maps) = (position, without, ofTeacher, tallies, maps)
    }
}
