import Diagnostics
public import Network
import Tensors

/// The signal takes all, the gate nothing: for products such as squeeze-and-excitation or `x * sigmoid(x)` (Arras et al. 2017,
/// "Explaining recurrent neural network predictions in sentiment analysis", section 3.1).
public struct GateRule: RelevanceRule {
    public init() {}

    public var name: String { "signal takes all" }

    public func way(through node: RuledNode) throws -> (any BackwardRule)? {
        let live = node.liveInputs
        guard live.count == 2, node.node.inputs[0] != node.node.inputs[1] else { return Way(signal: live.first ?? 0) }
        return Way(signal: signal(of: node))
    }

    /// The factor that is not a gate: of a quotient the dividend; else the one that did not just come out of a function such as a
    /// sigmoid, or nil, where the shapes tell.
    private func signal(of node: RuledNode) -> Int? {
        if (node.operation as? Arithmetic)?.function == .quotient { return 0 }
        let comesFromFunction = node.node.inputs.map { node.graph.nodes[$0].operation.role == .activation }
        return comesFromFunction[0] == comesFromFunction[1] ? nil : comesFromFunction[0] ? 1 : 0
    }

    private struct Way: BackwardRule {
        let signal: Int?
        var passesUnchanged: Bool { false }

        func prepare(_ operation: any Operation, _ preparation: Preparation) throws -> any Kernel {
            let full = preparation.inputs.indices.filter { preparation.inputs[$0] == preparation.output }
            guard let chosen = full.count == 1 ? full[0] : signal ?? full.first, full.contains(chosen) else {
                throw Problem(
                    "no rule of relevance passes a product of \(preparation.inputs.map(\.description).joined(separator: " and "))",
                    remedy: "Choose a gradient composite, such as guided-backprop or gradient-x-input.")
            }
            return GateKernel(signal: chosen)
        }
    }

    private struct GateKernel: Kernel {
        let signal: Int
        func passesGradientUnchanged(to input: Int) -> Bool { input == signal }
        func blocksGradient(to input: Int) -> Bool { input != signal }
    }
}
