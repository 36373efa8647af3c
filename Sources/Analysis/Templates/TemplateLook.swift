import Dataset
import Images
import Network
import Run
import Tensors

/// What a `TemplateSweep` asks of every batch of images: the student, the student without templates and the teacher run forward, and what
/// their maps say.
struct TemplateLook: Sendable {
    /// What a batch of images gave.
    struct Findings: Sendable {
        /// Of each layer.
        var student: [TemplateScan] = []
        /// Of each comparison.
        var teacher: [TemplateScan] = []
        /// Of each comparison, by slot, for pictured images.
        var shares: [[Int: [Float]]] = []
        /// The class chosen for each image; empty where nobody asks.
        var without: [Int] = []
        var ofTeacher: [Int] = []
    }

    /// One thread's memory.
    final class Worker {
        fileprivate let student: Workspace
        fileprivate let without: Workspace?
        fileprivate let teacher: Workspace?

        init(_ look: TemplateLook) throws {
            student = try Workspace(look.student)
            without = try look.without.map { try Workspace($0) }
            teacher = try look.teacher.map { try Workspace($0) }
        }
    }

    private let student: Plan
    /// Nil where there are no labels: nobody asks how the student does without its templates.
    private let without: Plan?
    private let teacher: Plan?
    private let own: Preprocessing
    private let view: TeacherView?
    private let classCount: Int
    private let logits: String
    /// Nil where the teacher's classes are not counted.
    private let teacherLogits: String?
    /// The layers of the matches, with C x H x W.
    private let matches: [(layer: String, shape: Shape)]
    private let comparisons: [Teacher.Comparison]

    /// - Parameters:
    ///   - matches: the student's layers of matches, with their shapes.
    ///   - view: how the teacher sees the student's pictures.
    ///   - scored: the teacher's graph with the scores of `comparisons`.
    ///   - countsTeacher: whether the teacher's classes are the student's, and images have labels.
    init(
        _ network: ImageNetwork, images: RealImages, matches: [(layer: String, shape: Shape)], comparisons: [Teacher.Comparison],
        teacher: Teacher?, view: TeacherView?, scored: Graph?, countsTeacher: Bool, algorithms: AlgorithmChoices?, precision: Precision
    ) throws {
        let batch = MicroBatch.size(for: network.input.shape)
        func plan(_ graph: Graph, _ input: Shape, _ layers: [String], _ precision: Precision) throws -> Plan {
            try Plan(
                graph, .init(batch: batch, input: input, activations: layers, threads: 1, algorithms: algorithms, precision: precision))
        }
        let teacherLogits = countsTeacher ? teacher?.network.logits : nil
        let wanted = comparisons.map(\.scores) + [teacherLogits].compactMap { $0 }
        student = try plan(network.graph, network.input.shape, matches.map(\.layer), precision)
        without = images.isLabelled ? try plan(network.ignoringTemplates().graph, network.input.shape, [network.logits], precision) : nil
        // The nearest centre is a matter of small differences: always in single precision.
        self.teacher = try teacher.flatMap { teacher in
            wanted.isEmpty ? nil : try scored.map { try plan($0, teacher.network.input.shape, wanted, .float32) }
        }
        own = images.preprocessing
        self.view = view
        classCount = network.classCount
        logits = network.logits
        self.teacherLogits = teacherLogits
        self.matches = matches
        self.comparisons = comparisons
    }

    /// Looks at images, of which some are to have maps.
    func callAsFunction(_ worker: Worker, _ images: ImageBatch, hasMap: [Bool]) throws -> Findings {
        images.write(own, into: worker.student.input)
        if let view, let teacher = worker.teacher { view.write(worker.student.input, count: images.count, to: teacher.input) }
        // The last batch may be smaller: what is left of an earlier one in it is computed and not looked at.
        worker.without?.input.update(from: worker.student.input, count: images.count * student.request.input.count)
        try worker.student.forward()
        try worker.without?.forward()
        try worker.teacher?.forward()
        var findings = Findings()
        for (layer, shape) in matches {
            findings.student.append(
                TemplateScan(try worker.student.activation(of: layer), images: images.count, shape: shape, findsPeaks: true))
        }
        if let workspace = worker.without { findings.without = try classes(workspace, logits, images.count) }
        guard let workspace = worker.teacher else { return findings }
        for comparison in comparisons {
            let map = try workspace.activation(of: comparison.scores), shape = matches[comparison.layer].shape
            let scan = TemplateScan(map, images: images.count, shape: shape, findsPeaks: false)
            var shares: [Int: [Float]] = [:]
            for slot in hasMap.indices where hasMap[slot] { shares[slot] = scan.shares(map, image: slot, shape: shape) }
            findings.teacher.append(scan)
            findings.shares.append(shares)
        }
        if let teacherLogits { findings.ofTeacher = try classes(workspace, teacherLogits, images.count) }
        return findings
    }

    /// The class with the largest of the logits at `layer`, of each of the first `count` images.
    private func classes(_ workspace: Workspace, _ layer: String, _ count: Int) throws -> [Int] {
        let largest = LayerSummary(try workspace.activation(of: layer), images: count, shape: try workspace.plan.shape(of: layer)).maximum
        return (0..<count).map { Sweep.best(1, of: Array(largest[$0 * classCount..<($0 + 1) * classCount])).first ?? 0 }
    }
}
