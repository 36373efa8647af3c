import Dataset
import Diagnostics
import Images
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
        guard network.input.size == student.input.size else {
            throw Problem(
                "The teacher \(fileName) takes images of \(Self.sides(network.input.size)) pixels, the student of \(Self.sides(student.input.size))",
                explanation: "Both look at the same pictures.", remedy: "Name the teacher that the student was trained with.", kind: .usage)
        }
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
            let map = shapes[node], wanted = own[try student.graph.node(named: layer.description.matches)]
            guard map[0] == origin.channels, map[1] == wanted[1] * origin.pooling, map[2] == wanted[2] * origin.pooling else {
                throw Problem(
                    "The teacher \(fileName) has another layer \(name) than the one that taught \(layer.description.name)",
                    explanation: "Its map is \(map); expected were \(origin.channels) channels of \(wanted[1] * origin.pooling) x "
                        + "\(wanted[2] * origin.pooling) positions.",
                    remedy: "Name the teacher that the student was trained with.", kind: .usage)
            }
            let scores = origin.addScores(to: &graph, behind: node, name: "teacher's templates of \(layer.description.name)")
            comparisons.append(Comparison(layer: place, scores: graph.nodes[scores].name))
        }
        return (graph, comparisons)
    }

    /// The student's pictures in the teacher's colours.
    func preprocessing(of images: RealImages) throws -> Preprocessing {
        try images.preprocessing.normalising(as: Preprocessing(network.input))
    }

    private static func sides(_ size: [Int]) -> String { "\(size[0]) x \(size[1])" }
}
