import Diagnostics
public import Tensors

/// What a checkpoint records of the teacher beside the values of a knowledge distillation layer: where in the teacher its templates come
/// from. The layer does not compute with it.
public struct TeacherRecord: Sendable {
    /// The teacher's layer; nil where the checkpoint does not name it.
    public let layer: String?
    /// The teacher's features that stand for each template: count x m.
    public let centres: Tensor
    /// To the discriminant space in which centres lie: the mean of D values, and D x m; nil where centres lie among the features, m = D.
    public let projection: (mean: [Float], scalings: [Float])?
    /// So many positions of the teacher's map, squared, are one of the layer's.
    public let pooling: Int

    /// The record of a layer in a checkpoint with `metadata`; nil where there is none.
    ///
    /// - Throws: `Problem` when its tensors do not fit each other or the layer, or are not finite.
    public init?(of templates: TemplateDescription, in tensors: any TensorSource, metadata: [String: String]) throws {
        let prefix = "\(templates.name).teacher."
        guard let shape = tensors.shape(of: prefix + "centres") else { return nil }
        guard shape.rank == 2, shape[0] == templates.count, shape[1] > 0 else {
            throw Self.misfit(prefix + "centres", shape, "\(templates.count) x any")
        }
        let size = shape[1]
        if let wide = tensors.shape(of: prefix + "scalings") {
            guard wide.rank == 2, wide[0] > 0, wide[1] == size else { throw Self.misfit(prefix + "scalings", wide, "any x \(size)") }
            guard let mean = tensors.shape(of: prefix + "mean"), mean == [wide[0]] else {
                throw Self.misfit(prefix + "mean", tensors.shape(of: prefix + "mean"), "\(wide[0])")
            }
            projection = (try Self.finite(prefix + "mean", tensors).values, try Self.finite(prefix + "scalings", tensors).values)
        } else {
            projection = nil
        }
        centres = try Self.finite(prefix + "centres", tensors)
        var pooling = 1
        if let shape = tensors.shape(of: prefix + "pooling") {
            guard shape.count == 1 else { throw Self.misfit(prefix + "pooling", shape, "1") }
            let value = try Self.finite(prefix + "pooling", tensors).values[0]
            guard let whole = Int(exactly: value), (1...4096).contains(whole) else {
                throw Problem("\(prefix)pooling is \(value)", explanation: "A whole number above zero was expected.", remedy: "Use a whole checkpoint.")
            }
            pooling = whole
        }
        self.pooling = pooling
        layer = metadata["\(templates.name).teacher_layer"]
    }

    /// Channels of the teacher's features, D.
    public var channels: Int { projection?.mean.count ?? centres.shape[1] }

    /// Adds the teacher's scores for the templates behind `node` of its graph, and returns their node: the largest at a position is the
    /// nearest centre.
    public func addScores(to graph: inout Graph, behind node: Int, name: String) -> Int {
        TeacherScores.add(
            to: &graph, behind: node, centres: centres.values, count: centres.shape[0], projection: projection, pooling: pooling, name: name)
    }

    /// Which templates of a layer the teacher takes for which, count x count, each row a distribution; nil where the checkpoint has no such
    /// matrix.
    ///
    /// - Throws: `Problem` when it is of another size, or holds values outside [0, 1].
    public static func scoreMatrix(of templates: TemplateDescription, in tensors: any TensorSource) throws -> Tensor? {
        let name = "\(templates.name).score_matrix"
        guard let shape = tensors.shape(of: name) else { return nil }
        guard shape == [templates.count, templates.count] else { throw misfit(name, shape, "\(templates.count) x \(templates.count)") }
        let matrix = try tensors.tensor(name)
        guard matrix.values.allSatisfy({ (0...1.001).contains($0) }) else {
            throw Problem("\(name) holds values outside [0, 1]", explanation: "Its rows are distributions.", remedy: "Use a whole checkpoint.")
        }
        return matrix
    }

    private static func finite(_ name: String, _ tensors: any TensorSource) throws -> Tensor {
        let tensor = try tensors.tensor(name)
        guard tensor.values.allSatisfy(\.isFinite) else {
            throw Problem("\(name) holds values that are not numbers", remedy: "Use a whole checkpoint.")
        }
        return tensor
    }

    private static func misfit(_ name: String, _ shape: Shape?, _ expected: String) -> Problem {
        Problem(
            "\(name) is \(shape.map(\.description) ?? "missing")", explanation: "Expected was \(expected).", remedy: "Use a whole checkpoint.")
    }
}
