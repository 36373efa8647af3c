import Dataset
import Diagnostics
import Foundation
import Network
import Run
import Tensors

/// One pass over all readable images: which template the student matches at every position of every layer that matches some, which one
/// the teacher assigns there, and what student and teacher say of the classes.
final class TemplateSweep {
    private let network: ImageNetwork
    private let images: RealImages
    private let record: StudentRecord
    private let teacher: Teacher?
    /// Nil where the teacher does not see the student's pictures.
    private let view: TeacherView?
    private let comparisons: [Teacher.Comparison]
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
        network: ImageNetwork, images: RealImages, record: StudentRecord, teacher: Teacher?, readable: [Int], pictured: [Int],
        threads: Int, algorithms: AlgorithmChoices?, precision: Precision
    ) throws {
        self.network = network
        self.images = images
        self.record = record
        self.teacher = teacher
        view = teacher?.view(of: network, record)
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

    /// True when the teacher sees the student's pictures, and its classes are the student's.
    var comparesClasses: Bool { view != nil && teacher?.sharesClasses(with: network) == true }

    /// Goes on from where it is to the last image. `save` is called every now and then, and at the end, with everything needed to go on
    /// from there. Throws a `Problem` when an image cannot be read.
    func run(progress: any ProgressReport, save: (@Sendable ([UInt8]) throws -> Void)? = nil) throws {
        guard position < listing.count else { return }
        let size = MicroBatch.size(for: network.input.shape)
        progress.begin("Matching templates (images)", total: listing.count, done: position)
        defer { progress.end() }
        lastSave = .now
        let places = places
        let look = try TemplateLook(
            network, images: images, matches: Array(zip(record.layers.map(\.description.matches), shapes)), comparisons: comparisons,
            teacher: teacher, view: view, scored: teacherGraph, countsTeacher: images.isLabelled && comparesClasses, algorithms: algorithms,
            precision: precision)
        // Only one piece is delivered at a time, and nothing else touches this object meanwhile.
        nonisolated(unsafe) let sweep = self
        try ImageReader(images).forEachBatch(of: listing[position...], size: size, threads: threads) {
            try TemplateLook.Worker(look)
        } look: { worker, batch in
            try batch.checkWhole()
            return try look(worker, batch, hasMap: batch.numbers.map { places[$0] != nil })
        } deliver: { batch, findings in
            for (slot, image) in batch.numbers.enumerated() { sweep.add(findings, slot: slot, image: image) }
            sweep.position += batch.count
            progress.update(sweep.position)
            if let save, sweep.lastSave.duration(to: .now) > .seconds(20) {
                try save(sweep.state())
                sweep.lastSave = .now
            }
        }
        try save?(state())
    }

    private func add(_ findings: TemplateLook.Findings, slot: Int, image: Int) {
        let label = images.labels[image]
        for place in tallies.indices {
            let scan = findings.student[place], area = shapes[place][1] * shapes[place][2]
            let range = slot * area..<(slot + 1) * area
            // What is not above zero matches nothing.
            let matches = range.map { scan.values[$0] > 0 ? scan.best[$0] : -1 }
            let comparison = comparisons.firstIndex { $0.layer == place }
            let assigned = comparison.map { findings.teacher[$0].best[range] }
            tallies[place].add(image: image, label: label, matches: matches[...], teacher: assigned, peaks: scan.peaks[slot])
            guard let map = places[image] else { continue }
            let cells = map * area..<(map + 1) * area
            maps[place].matches.replaceSubrange(cells, with: matches)
            maps[place].strengths.replaceSubrange(cells, with: range.map { max(0, scan.values[$0]) })
            guard let comparison, let assigned, let shares = findings.shares[comparison][slot] else { continue }
            maps[place].assignments.replaceSubrange(cells, with: assigned)
            maps[place].shares.replaceSubrange(cells, with: shares)
        }
        guard let label, label < correctWithout.count else { return }
        if findings.without.indices.contains(slot), findings.without[slot] == label { correctWithout[label] += 1 }
        if findings.ofTeacher.indices.contains(slot), findings.ofTeacher[slot] == label { correctOfTeacher[label] += 1 }
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
