import Dataset
import Diagnostics
public import Network
public import Tensors

/// The teacher at work beside a student: the same pictures, forward only, and of its layers what objectives ask for.
///
/// Objectives add nodes of their own behind the teacher's layers, such as the distances to words, before the first batch.
public final class TeacherPass {
    public let teacher: ImageNetwork
    private var graph: Graph
    private var layers: [String] = []
    private let view: TeacherView
    private let threads: Int
    private let algorithms: AlgorithmChoices?
    private var workspaces: [Int: Workspace] = [:]
    private var current: (batch: Batch, workspace: Workspace)?

    /// Throws a usage `Problem` when the two networks take images of different channels: the teacher looks at what the student sees.
    public init(_ teacher: ImageNetwork, beside student: ImageNetwork, threads: Int, algorithms: AlgorithmChoices? = nil) throws {
        try Self.check(teacher, beside: student)
        self.teacher = teacher
        view = TeacherView(of: student.input, for: teacher.input)
        self.threads = threads
        self.algorithms = algorithms
        graph = teacher.graph
    }

    static func check(_ teacher: ImageNetwork, beside student: ImageNetwork) throws {
        guard teacher.input.channels == student.input.channels else {
            throw Problem(
                "The teacher takes images of \(teacher.input.channels) channels, the student of \(student.input.channels)",
                explanation: "Both look at the same pictures.", remedy: "Choose a teacher and a student of the same.", kind: .usage)
        }
    }

    /// Has a layer's values kept. Throws a `Problem` when there is no such layer.
    func keep(_ layer: String) throws {
        _ = try graph.node(named: layer)
        if !layers.contains(layer) { layers.append(layer) }
    }

    /// Adds what `add` appends behind `layer`, under names that are not taken, and has the last node's values kept.
    func append(behind layer: String, _ add: (_ graph: inout Graph, _ node: Int) throws -> Int) throws -> String {
        let last = try add(&graph, try graph.node(named: layer))
        let name = graph.nodes[last].name
        try keep(name)
        return name
    }

    /// Adds the teacher's scores for `count` centres behind `layer`, as `TeacherScores` says, and has them kept under the name that is returned.
    func appendScores(
        behind layer: String, centres: [Float], count: Int, projection: (mean: [Float], scalings: [Float])?, pooling: Int, name: String
    ) throws -> String {
        try append(behind: layer) { graph, node in
            TeacherScores.add(to: &graph, behind: node, centres: centres, count: count, projection: projection, pooling: pooling, name: name)
        }
    }

    /// The values of a layer that was asked for, blocked, for the images of `batch`; the first who asks lets the teacher run.
    func activation(of layer: String, for batch: Batch) throws -> (values: UnsafePointer<Float>, extent: MapExtent) {
        let workspace = try run(batch)
        return (
            UnsafePointer(try workspace.activation(of: layer)), MapExtent(batch: batch.count, shape: try workspace.plan.shape(of: layer))
        )
    }

    /// The class that the teacher gives to every image of `batch`. Its logits must be kept.
    func answers(for batch: Batch) throws -> [Int] {
        batch.answers(try activation(of: teacher.logits, for: batch).values, classes: teacher.classCount)
    }

    private func run(_ batch: Batch) throws -> Workspace {
        if let current, current.batch === batch { return current.workspace }
        let workspace = try workspace(for: batch.count)
        view.write(batch.images, count: batch.count, to: workspace.input)
        try workspace.forward()
        current = (batch, workspace)
        return workspace
    }

    private func workspace(for count: Int) throws -> Workspace {
        if let made = workspaces[count] { return made }
        let plan = try Plan(
            graph, .init(batch: count, input: teacher.input.shape, activations: layers, threads: threads, algorithms: algorithms))
        let workspace = try Workspace(plan)
        workspaces[count] = workspace
        return workspace
    }
}
