public import Tensors

/// A part that matches every position of a map with templates and adds what the matched ones mean: a knowledge distillation layer or a
/// template block, put behind a layer of a network that was made without it.
public protocol TemplateMatching: Sendable {
    /// The layer that it stands behind, by the name of its node.
    var layer: String { get }
    /// What is known about it besides its values.
    var description: TemplateDescription { get }
    /// Its values, as a checkpoint has them, and what a checkpoint records beside them, in order.
    var tensors: [(name: String, tensor: Tensor)] { get }
    /// Its nodes, in order; the last one is what users of the layer read.
    var nodeNames: [String] { get }
    /// Appends the nodes behind `node`, and returns the last one.
    func append(to graph: inout Graph, behind node: Int) -> Int
}
