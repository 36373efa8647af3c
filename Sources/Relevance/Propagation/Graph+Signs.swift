public import Network

extension Graph {
    /// For every node, whether its values are known never to be negative.
    public var isNonNegative: [Bool] {
        var result = [false]
        for node in nodes.dropFirst() {
            let inputs = node.inputs.map { result[$0] }
            let inherits = !inputs.isEmpty && inputs.allSatisfy { $0 }
            if node.operation.activation != nil {
                result.append(true)
                continue
            }
            switch node.operation.role {
            case .softmax: result.append(true)
            case .averaging, .maximum, .rearrangement: result.append(inherits)
            case .sum: result.append(inherits && (node.operation as? Arithmetic)?.function != .difference)
            case .product, .matrixProduct: result.append(inherits)
            case .activation: result.append((node.operation as? Pointwise)?.function.isNonNegative ?? false)
            case .source: result.append((node.operation as? Constant)?.value.values.allSatisfy { $0 >= 0 } ?? false)
            case .normalization: result.append(inherits && node.operation is UnitLength)
            case .convolution, .linear: result.append(false)
            }
        }
        return result
    }
}
