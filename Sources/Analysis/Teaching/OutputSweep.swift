import Dataset
import Diagnostics
import Network
import Tensors

/// One pass over all readable images through a student and its teacher: what each says of the classes.
final class OutputSweep {
    private let student: PairedSweep.Side
    private let teacher: PairedSweep.Side
    /// Numbers of the images to look at, rising.
    private let listing: [Int]
    private let threads: Int
    private let forward: PairedForward
    private(set) var tally: OutputTally
    /// Images done, of the listing.
    private var position = 0
    private var lastSave = ContinuousClock.now

    /// - Parameters:
    ///   - student, teacher: of as many classes, with the same images.
    ///   - view: how the teacher sees the student's pictures; nil where it has images of its own.
    ///   - readable: numbers of the images that the student can be shown, rising.
    ///   - algorithms, precision: of the student, as in `Plan.Request`.
    init(
        student: PairedSweep.Side, teacher: PairedSweep.Side, view: TeacherView? = nil, readable: [Int], temperatures: [Float], threads: Int,
        algorithms: AlgorithmChoices? = nil, precision: Precision = .float32
    ) throws {
        precondition(student.network.classCount == teacher.network.classCount, "two networks tell the same classes apart")
        self.student = student
        self.teacher = teacher
        listing = readable
        self.threads = threads
        forward = try PairedForward(
            student, teacher, view: view, layers: ([student.network.logits], [teacher.network.logits]), algorithms: algorithms, precision: precision)
        tally = OutputTally(
            classCount: student.network.classCount, temperatures: temperatures, isLabelled: student.images.isLabelled)
    }

    /// Goes on from where it is to the last image. `save` is called every now and then with everything needed to go on from there.
    /// Throws a `Problem` when an image cannot be read.
    func run(progress: any ProgressReport, save: (@Sendable ([UInt8]) throws -> Void)? = nil) throws {
        guard position < listing.count else { return }
        progress.begin("Comparing with the teacher (images)", total: listing.count, done: position)
        defer { progress.end() }
        lastSave = .now
        let (forward, student, teacher) = (forward, student, teacher)
        // Only one piece is delivered at a time, and nothing else touches this object meanwhile.
        nonisolated(unsafe) let sweep = self
        try ImageReader(student.images).forEachBatch(of: listing[position...], size: forward.size, threads: threads) {
            try forward.spaces()
        } look: { spaces, batch -> (student: [Float], teacher: [Float]) in
            try batch.checkWhole()
            try forward.run(spaces, on: batch)
            func logits(_ space: Workspace, _ layer: String) throws -> [Float] {
                LayerSummary(try space.activation(of: layer), images: batch.count, shape: try space.plan.shape(of: layer)).maximum
            }
            return (try logits(spaces.first, student.network.logits), try logits(spaces.second, teacher.network.logits))
        } deliver: { batch, logits in
            let classes = sweep.tally.classCount
            for (slot, image) in batch.numbers.enumerated() {
                let own = slot * classes..<(slot + 1) * classes
                sweep.tally.add(
                    image: image, label: student.images.labels[image], teacher: logits.teacher[own], student: logits.student[own])
            }
            sweep.position += batch.count
            progress.update(sweep.position)
            if let save, sweep.lastSave.duration(to: .now) > .seconds(20) {
                try save(sweep.state())
                sweep.lastSave = .now
            }
        }
    }

    // MARK: State

    private static let stateVersion = "teacher 1"

    func state() -> [UInt8] {
        var archive = ByteArchive()
        archive.put(Self.stateVersion)
        archive.put(position)
        tally.save(to: &archive)
        return archive.bytes
    }

    /// Goes back to a state that `run` saved. Throws a `Problem` when it is not one of this pass.
    func restore(_ bytes: [UInt8]) throws {
        var archive = ByteArchive(bytes)
        guard try archive.takeText() == Self.stateVersion else { throw Problem("The saved state is of another version") }
        let position = try archive.takeInteger()
        var tally = tally
        try tally.load(from: &archive)
        guard (0...listing.count).contains(position) else { throw ByteArchive.damaged }
        (self.position, self.tally) = (position, tally)
    }
}
