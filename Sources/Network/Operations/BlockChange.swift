public import Tensors

/// A map in blocks of the other width: of eight channels where it comes in blocks of sixteen, and the other way round. The engine puts it
/// where neighbours differ.
struct BlockChange: Operation {
    let source: Layout

    /// For a map that comes in `source`: `blocked` or `narrow`.
    init(from source: Layout) { self.source = source }

    /// The layout of the output.
    var result: Layout { source == .narrow ? .blocked : .narrow }
    /// Ends the names of such nodes.
    var suffix: String { source == .narrow ? " (blocks of sixteen)" : " (blocks of eight)" }

    var role: OperationRole { .rearrangement }
    var kind: String { "a change of blocks" }

    func outputShape(for inputs: [Shape]) throws -> Shape { inputs[0] }

    func layouts(for inputs: [Shape], offered: [Layout]) -> LayoutChoice { LayoutChoice(inputs: [source], output: result) }

    func operationCount(for inputs: [Shape], output: Shape) -> Int { 0 }

    func prepare(_ preparation: Preparation) throws -> any Kernel {
        PreparedReorder(
            forward: try ReorderKernel(batch: preparation.batch, preparation.output, from: source, to: result),
            backward: preparation.wantsGradient ? try ReorderKernel(batch: preparation.batch, preparation.output, from: result, to: source) : nil)
    }
}
