public import Network

/// A maximum over windows taken as a mean: VITAL's flow treats maximum pooling as 2 x 2 average pooling of stride 2. Windows are as
/// large as the stride where that gives the same positions, and the pool's own otherwise, or wherever that is asked for.
public struct PoolingAsAverageRule: RelevanceRule {
    private let takesOwnWindows: Bool

    public init(takesOwnWindows: Bool = false) { self.takesOwnWindows = takesOwnWindows }

    public var name: String { "as average pooling" }

    public func way(through node: RuledNode) -> (any BackwardRule)? {
        guard node.operation is Pooling else { return nil }
        return TermRule.average.way(through: node).map { Way(average: $0, takesOwnWindows: takesOwnWindows) }
    }

    private struct Way: BackwardRule {
        let average: any BackwardRule
        let takesOwnWindows: Bool
        var passesUnchanged: Bool { false }

        func prepare(_ operation: any Operation, _ preparation: Preparation) throws -> any Kernel {
            guard let pool = operation as? Pooling else { preconditionFailure("a rule for pools") }
            var mean = Pooling(.average(countsPadding: true), kernel: pool.stride, stride: pool.stride, padding: .symmetric(0))
            if takesOwnWindows || pool.stride == [1, 1] || (try? mean.outputShape(for: preparation.inputs)) != preparation.output {
                mean = Pooling(.average(countsPadding: true), kernel: pool.kernel, stride: pool.stride, padding: pool.padding)
            }
            return try average.prepare(mean, preparation)
        }
    }
}
