import Diagnostics
public import Tensors

/// Two values combined number by number; extents of 1 are repeated, as NumPy does.
public struct Arithmetic: Operation {
    public let function: BinaryFunction

    public init(_ function: BinaryFunction) { self.function = function }

    public var role: OperationRole {
        switch function {
        case .sum, .difference: .sum
        case .product, .quotient: .product
        case .maximum, .minimum: .rearrangement
        }
    }

    public var kind: String { function.rawValue }

    public func outputShape(for inputs: [Shape]) throws -> Shape {
        guard let extents = Self.broadcast(inputs[0].dimensions, inputs[1].dimensions) else {
            throw Problem("cannot combine \(inputs[0]) with \(inputs[1])")
        }
        return Shape(extents)
    }

    /// The extents to which both are repeated, aligned at the last axis; nil when they do not fit.
    static func broadcast(_ left: [Int], _ right: [Int]) -> [Int]? {
        let rank = max(left.count, right.count)
        let padded = [left, right].map { Array(repeating: 1, count: rank - $0.count) + $0 }
        let pairs = zip(padded[0], padded[1])
        return pairs.allSatisfy { $0 == $1 || $0 == 1 || $1 == 1 } ? pairs.map { $0 == 1 ? $1 : $0 } : nil
    }

    private enum Form { case equal, gate, general }

    /// How the inputs relate: of one shape, a map and a value for each of its channels, or anything else.
    private func form(_ inputs: [Shape]) -> Form {
        if inputs[0] == inputs[1] { return .equal }
        if inputs[0].rank == 3, inputs[1].rank == 3, inputs[1].isVector, inputs[0][0] == inputs[1][0],
            [.sum, .difference, .product].contains(function)
        {
            return .gate
        }
        return .general
    }

    public func layouts(for inputs: [Shape], offered: [Layout]) -> LayoutChoice {
        switch form(inputs) {
        // A quotient of nothing by nothing past the last channel would be no number.
        case .equal where function == .quotient && inputs[0][0] % Layout.block != 0: .allPlain(2)
        case .equal: .pointwise(inputs, offered: offered)
        case .gate: offered[0] == .blocked ? .allBlocked(2) : .allPlain(2)
        case .general: .allPlain(2)
        }
    }

    public func channelAxis(for inputs: [Shape], axes: [Int], output: Shape) -> Int {
        let larger = inputs[0].count >= inputs[1].count ? 0 : 1
        return inputs[larger].rank == output.rank ? axes[larger] : output.conventionalChannelAxis
    }

    public func prepare(_ preparation: Preparation) throws -> any Kernel {
        if form(preparation.inputs) == .gate, preparation.outputLayout == .blocked {
            return Gate(
                function: function, blocks: preparation.batch * Layout.blocks(preparation.output[0]),
                area: preparation.output[1] * preparation.output[2])
        }
        if form(preparation.inputs) == .equal {
            let count = preparation.outputCount
            return Broadcast(kernel: BroadcastKernel(function, left: [count], right: [count], result: [count]), function: function)
        }
        let rank = preparation.output.rank
        func extents(_ shape: Shape) -> [Int] {
            [preparation.batch] + Array(repeating: 1, count: rank - shape.rank) + shape.dimensions
        }
        return Broadcast(
            kernel: BroadcastKernel(
                function, left: extents(preparation.inputs[0]), right: extents(preparation.inputs[1]),
                result: extents(preparation.output)),
            function: function)
    }

    private struct Broadcast: Kernel {
        let kernel: BroadcastKernel
        let function: BinaryFunction

        func pullbackReads(to input: Int) -> PullbackReads {
            switch function {
            case .sum, .difference: .nothing
            case .product: PullbackReads(inputs: [1 - input])
            default: PullbackReads(inputs: [0, 1])
            }
        }

        func bindForward(_ buffers: ForwardBuffers) throws -> BoundStep {
            let (left, right, output) = (buffers.inputs[0], buffers.inputs[1], buffers.output)
            return { _ in kernel.forward(left, right, output) }
        }

        func bindPullback(to input: Int, _ buffers: PullbackBuffers) throws -> BoundStep {
            let (left, right) = (buffers.inputs[0], buffers.inputs[1])
            let (outputGradient, inputGradient) = (buffers.outputGradient, buffers.inputGradient)
            return { _ in
                kernel.pullback(to: input, left, right, outputGradient: outputGradient, inputGradient: inputGradient)
            }
        }
    }

    private struct Gate: Kernel {
        let function: BinaryFunction
        let blocks: Int
        let area: Int

        func pullbackReads(to input: Int) -> PullbackReads {
            function == .product ? PullbackReads(inputs: [1 - input]) : .nothing
        }

        func bindForward(_ buffers: ForwardBuffers) throws -> BoundStep {
            let (map, gate, output) = (buffers.inputs[0], buffers.inputs[1], buffers.output)
            return { _ in GateKernel.forward(function, map: map, gate: gate, result: output, blocks: blocks, area: area) }
        }

        func bindPullback(to input: Int, _ buffers: PullbackBuffers) throws -> BoundStep {
            let (map, gate) = (buffers.inputs[0], buffers.inputs[1])
            let (outputGradient, inputGradient) = (buffers.outputGradient, buffers.inputGradient)
            return { _ in
                if input == 0 {
                    GateKernel.pullbackToMap(
                        function, gate: gate, outputGradient: outputGradient, inputGradient: inputGradient, blocks: blocks, area: area)
                } else {
                    GateKernel.pullbackToGate(
                        function, map: map, outputGradient: outputGradient, inputGradient: inputGradient, blocks: blocks, area: area)
                }
            }
        }
    }
}
