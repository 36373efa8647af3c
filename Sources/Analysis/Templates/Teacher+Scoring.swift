import Dataset
import Diagnostics
import Network

/// What a student's templates are compared with.
extension Teacher {
    /// A layer whose templates the teacher assigns, by its place in the record.
    struct Comparison: Sendable {
        var layer: Int
        /// The node of the teacher's scores.
        var scores: String
    }

    /// The teacher's graph with its scores for the templates of all layers that come from it. Throws a `Problem` when it cannot be this
    /// teacher: it takes other images, has no such layer, or one of another shape.
    func scoring(_ record: StudentRecord, of student: ImageNetwork) throws -> (graph: Graph, comparisons: [Comparison]) {
        let shapes = try network.graph.mapShapes(input: network.input.shape)
        let own = try student.graph.mapShapes(input: student.input.shape)
        var graph = network.graph
        var comparisons: [Comparison] = []
        for (place, layer) in record.layers.enumerated() {
            guard let origin = layer.teacher, let name = origin.layer else { continue }
            guard let node = network.graph.index[name] else {
                throw Problem(
                    "The teacher \(fileName) has no layer \(name)",
                    explanation: "The templates of \(layer.description.name) come from there; it is \(network.displayName).",
                    remedy: "Name the teacher that the student was trained with.", kind: .usage)
            }
            guard network.input.channels == student.input.channels else {
                throw Problem(
                    "The teacher \(fileName) takes images of \(network.input.channels) channels, the student of \(student.input.channels)",
                    explanation: "Both look at the same pictures.", remedy: "Name the teacher that the student was trained with.", kind: .usage)
            }
            let map = shapes[node], wanted = own[try student.graph.node(named: layer.description.matches)]
            let extent = wanted.dimensions.suffix(2).map { $0 * origin.pooling }
            guard map[0] == origin.channels, map.dimensions.suffix(2).elementsEqual(extent) else {
                let size = map[0] == origin.channels ? network.inputSize(givingMapOf: extent, at: name) : nil
                throw Problem(
                    "The teacher \(fileName) has another layer \(name) than the one that taught \(layer.description.name)",
                    explanation: "Its map is \(map); expected were \(origin.channels) channels of \(extent[0]) x \(extent[1]) positions.",
                    remedy: size.map {
                        "If the student was trained with pictures of another size for the teacher, say so: --teacher-input-size \($0[0])x\($0[1])."
                    } ?? "Name the teacher that the student was trained with.", kind: .usage)
            }
            let scores = origin.addScores(to: &graph, behind: node, name: "teacher's templates of \(layer.description.name)")
            comparisons.append(Comparison(layer: place, scores: graph.nodes[scores].name))
        }
        return (graph, comparisons)
    }

    /// How this teacher sees the pictures of `student`: in its own colours, and where it taught the student, or some of its templates, in its
    /// own size too. Nil where it is to have the files in its own way.
    func view(of student: ImageNetwork, _ record: StudentRecord) -> TeacherView? {
        guard network.input.channels == student.input.channels else { return nil }
        let hasTaught = record.method != nil && record.teacher?.sha256 == sha256 || record.layers.contains { $0.teacher?.layer != nil }
        guard hasTaught || network.input.size == student.input.size else { return nil }
        return TeacherView(of: student.input, for: network.input)
    }
}
