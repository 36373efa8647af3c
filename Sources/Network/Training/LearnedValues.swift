import Diagnostics
public import Tensors

/// The learned values of a graph while they change: one block for all that learn by gradient, one for their gradients, one for
/// running statistics. An optimiser is a loop over the first two.
///
/// A training plan reads and writes here; one workspace at a time may run it.
public final class LearnedValues: @unchecked Sendable {
    /// One tensor in its block.
    public struct Item: Sendable, Equatable {
        /// As a checkpoint has it: `layer1.0.conv1.weight`.
        public let name: String
        /// The node it belongs to.
        public let node: String
        public let shape: Shape
        /// Of its first value in the block, a multiple of 16. Up to the next item's the block holds zeros.
        public let offset: Int

        public var range: Range<Int> { offset..<offset + shape.count }
    }

    /// Values that learn by gradient, in the order of the graph.
    public let trained: [Item]
    /// Running means and variances.
    public let statistics: [Item]
    /// The lengths of the two blocks, multiples of 16.
    public let count: Int
    public let statisticsCount: Int

    private let initial: Graph
    private let valueBuffer: AlignedBuffer
    private let gradientBuffer: AlignedBuffer
    private let runningBuffer: AlignedBuffer

    /// Values as the graph's operations have them. Throws a `Problem` when memory is short.
    public init(_ graph: Graph) throws {
        var trained: [Item] = [], statistics: [Item] = []
        var ends = (trained: 0, statistics: 0)
        var tensors: [(Bool, Int, Tensor)] = []
        for node in graph.nodes {
            for learned in (node.operation as? any TrainableOperation)?.learned ?? [] {
                let offset = learned.isStatistic ? ends.statistics : ends.trained
                let item = Item(name: learned.name(in: node.name), node: node.name, shape: learned.tensor.shape, offset: offset)
                let end = offset + (learned.tensor.values.count + 15) / 16 * 16
                if learned.isStatistic {
                    statistics.append(item)
                    ends.statistics = end
                } else {
                    trained.append(item)
                    ends.trained = end
                }
                tensors.append((learned.isStatistic, offset, learned.tensor))
            }
        }
        self.trained = trained
        self.statistics = statistics
        (count, statisticsCount) = ends
        initial = graph
        valueBuffer = try AlignedBuffer(bytes: count * MemoryLayout<Float>.size)
        gradientBuffer = try AlignedBuffer(bytes: max(count, statisticsCount) * MemoryLayout<Float>.size)
        runningBuffer = try AlignedBuffer(bytes: statisticsCount * MemoryLayout<Float>.size)
        for (isStatistic, offset, tensor) in tensors {
            ((isStatistic ? running : values) + offset).update(from: tensor.values, count: tensor.values.count)
        }
    }

    /// Of `trained`.
    public var values: UnsafeMutablePointer<Float> { valueBuffer.floats() }
    /// At the same places; written by the backward pass of a training plan.
    public var gradients: UnsafeMutablePointer<Float> { gradientBuffer.floats() }
    /// Of `statistics`; updated by the forward pass of a training plan.
    public var running: UnsafeMutablePointer<Float> { runningBuffer.floats() }

    /// All tensors with the present values, in the order of the graph.
    public func tensors() -> [(String, Tensor)] {
        let byNode = Dictionary(grouping: trained.map { ($0, values) } + statistics.map { ($0, running) }, by: \.0.node)
        return initial.nodes.flatMap { node in
            (byNode[node.name] ?? []).map { item, block in
                (item.name, Tensor(shape: item.shape, values: Array(UnsafeBufferPointer(start: block + item.offset, count: item.shape.count))))
            }
        }
    }

    /// Sets values from tensors of the same names. Throws a `Problem` that names a tensor that is missing or has another shape.
    public func set(_ tensors: [String: Tensor]) throws {
        for (items, block) in [(trained, values), (statistics, running)] {
            for item in items {
                guard let tensor = tensors[item.name] else { throw Problem("The tensor \(item.name) is missing") }
                guard tensor.shape == item.shape else {
                    throw Problem("The tensor \(item.name) is \(tensor.shape) and should be \(item.shape)")
                }
                (block + item.offset).update(from: tensor.values, count: tensor.values.count)
            }
        }
    }

    /// The graph with the present values, for inference.
    public func graph() -> Graph {
        let present = Dictionary(tensors(), uniquingKeysWith: { first, _ in first })
        return initial.rewritten { _, node, inputs, graph in
            guard let operation = node.operation as? any TrainableOperation, !operation.learned.isEmpty else {
                return graph.add(node.name, node.operation, inputs: inputs)
            }
            let tensors = operation.learned.compactMap { present[$0.name(in: node.name)] }
            return graph.add(node.name, operation.with(learned: tensors), inputs: inputs)
        }
    }

    /// Where the values of `node` lie; nil for a node that is not of this graph, or learns nothing.
    func buffers(of node: String, _ operation: any TrainableOperation) -> LearnedBuffers? {
        var places: [(UnsafeMutablePointer<Float>, UnsafeMutablePointer<Float>)] = []
        for learned in operation.learned {
            let name = learned.name(in: node)
            let items = learned.isStatistic ? statistics : trained
            guard let item = items.first(where: { $0.name == name && $0.shape == learned.tensor.shape }) else { return nil }
            places.append(((learned.isStatistic ? running : values) + item.offset, gradients + item.offset))
        }
        return places.isEmpty ? nil : LearnedBuffers(owner: self, values: places.map(\.0), gradients: places.map(\.1))
    }
}
