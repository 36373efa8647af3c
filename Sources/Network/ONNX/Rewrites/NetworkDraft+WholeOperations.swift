import Tensors

extension NetworkDraft {
    /// Makes whole operations of what exporters take apart, in one pass: every rule looks at a node and at what stands before it, and
    /// exchanges the node. What is not needed any more stays behind without users.
    ///
    /// The next pattern: a function here that returns true when it has exchanged the node, and its line in `rules`.
    mutating func recogniseWholeOperations() {
        let rules: [(inout NetworkDraft, Int, [Int]) -> Bool] = [
            { $0.mergeViews($1, $2) }, { $0.mergeTransposes($1, $2) }, { $0.mergeScales($1, $2) }, { $0.absorbScale($1, $2) },
            { $0.recogniseLayerNormalization($1, $2) }, { $0.recogniseNormalizationOfChannels($1, $2) },
            { $0.recogniseGate($1, $2) }, { $0.recogniseShuffle($1, $2) }, { $0.simplifyMatrixProduct($1, $2) },
        ]
        let uses = useCounts
        for node in nodes.indices.dropFirst() {
            // What was found to change nothing is passed by.
            replace(node, nodes[node].operation, nodes[node].inputs.map { standIn(for: $0) })
            // A rule's result may be another's beginning.
            var rounds = 0
            while rounds < 8, rules.contains(where: { $0(&self, node, uses) }) { rounds += 1 }
        }
    }

    /// The node that has the values of `node`: itself, unless it changes nothing.
    func standIn(for node: Int) -> Int {
        var node = node
        while node > 0, isIdentity(node) { node = nodes[node].inputs[0] }
        return node
    }

    private func isIdentity(_ node: Int) -> Bool {
        guard nodes[node].inputs.count == 1, shape(node) == shape(nodes[node].inputs[0]) else { return false }
        switch nodes[node].operation {
        case is Reshaping: return true
        case let operation as Pointwise: return operation.function == .affine(scale: 1, shift: 0)
        case let operation as Rearrangement:
            if case .transpose(let order) = operation.step { return order == order.sorted() }
            return false
        default: return false
        }
    }

    // MARK: What a node is

    private func operation<T>(_ node: Int, _ type: T.Type) -> T? { nodes[node].operation as? T }
    private func input(_ node: Int, _ index: Int = 0) -> Int { nodes[node].inputs[index] }
    private func function(_ node: Int) -> PointwiseFunction? { operation(node, Pointwise.self)?.function }
    private func arithmetic(_ node: Int) -> BinaryFunction? { operation(node, Arithmetic.self)?.function }
    private func transposition(_ node: Int) -> [Int]? {
        if case .transpose(let order)? = operation(node, Rearrangement.self)?.step { return order }
        return nil
    }

    private func near(_ a: Float, _ b: Float) -> Bool { abs(a - b) <= 1e-4 * abs(b) }

    // MARK: Views and transposes

    private mutating func mergeViews(_ node: Int, _ uses: [Int]) -> Bool {
        guard operation(node, Reshaping.self) != nil, operation(input(node), Reshaping.self) != nil else { return false }
        replace(node, nodes[node].operation, [standIn(for: input(input(node)))])
        return true
    }

    private mutating func mergeTransposes(_ node: Int, _ uses: [Int]) -> Bool {
        guard let second = transposition(node), let first = transposition(input(node)) else { return false }
        replace(node, Rearrangement(.transpose(second.map { first[$0] })), [standIn(for: input(input(node)))])
        return true
    }

    // MARK: Scales and shifts

    /// `scale * x + shift`, with one number of each or with one for every position of an axis.
    private struct Scaling {
        var scale: [Float]
        var shift: [Float]
        /// Nil for one number; else from the front.
        var axis: Int?
    }

    private func scaling(_ node: Int) -> Scaling? {
        if case .affine(let scale, let shift)? = function(node) { return Scaling(scale: [scale], shift: [shift], axis: nil) }
        guard let affine = operation(node, Affine.self), let axis = try? shape(node).axis(affine.axis) else { return nil }
        return Scaling(scale: affine.scale, shift: affine.shift, axis: axis)
    }

    private mutating func mergeScales(_ node: Int, _ uses: [Int]) -> Bool {
        guard let outer = scaling(node), uses[input(node)] == 1, let inner = scaling(input(node)),
            outer.axis == nil || inner.axis == nil || outer.axis == inner.axis
        else { return false }
        let count = max(outer.scale.count, inner.scale.count)
        func wide(_ values: [Float]) -> [Float] { values.count == count ? values : Array(repeating: values[0], count: count) }
        let scale = zip(wide(outer.scale), wide(inner.scale)).map { $0 * $1 }
        let shift = (0..<count).map { wide(outer.scale)[$0] * wide(inner.shift)[$0] + wide(outer.shift)[$0] }
        let source = standIn(for: input(input(node)))
        if let axis = outer.axis ?? inner.axis {
            replace(node, Affine(scale: scale, shift: shift, axis: axis), [source])
        } else {
            replace(node, Pointwise(.affine(scale: scale[0], shift: shift[0])), [source])
        }
        return true
    }

    /// A shift behind a linear operation is its bias, a scale and shift behind a convolution a batch normalisation, behind a layer
    /// normalisation its weights.
    private mutating func absorbScale(_ node: Int, _ uses: [Int]) -> Bool {
        guard let affine = operation(node, Affine.self), let axis = try? shape(node).axis(affine.axis), uses[input(node)] == 1
        else {
            return false
        }
        let source = input(node), sources = nodes[source].inputs
        let onlyShifts = affine.scale.allSatisfy { $0 == 1 }
        if let linear = operation(source, Linear.self), onlyShifts, linear.bias.count == affine.shift.count,
            axis == shape(node).rank - 1 || shape(node).isVector
        {
            replace(node, Linear(weights: linear.weights, bias: zip(linear.bias, affine.shift).map { $0 + $1 }), sources)
            return true
        }
        if let convolution = operation(source, Convolution.self), axis == 0 {
            if onlyShifts {
                let bias = convolution.bias ?? Array(repeating: 0, count: affine.shift.count)
                replace(
                    node, convolution.with(weights: convolution.weights, bias: zip(bias, affine.shift).map { $0 + $1 }), sources)
            } else {
                replace(node, BatchNormalization(scale: affine.scale, shift: affine.shift), [source])
            }
            return true
        }
        if let normalization = operation(source, LayerNormalization.self), (try? shape(source).axis(normalization.axis)) == axis {
            let weight = normalization.weight ?? Array(repeating: 1, count: affine.scale.count)
            let bias = normalization.bias ?? Array(repeating: 0, count: affine.scale.count)
            replace(
                node,
                LayerNormalization(
                    axis: normalization.axis, weight: zip(weight, affine.scale).map { $0 * $1 },
                    bias: bias.indices.map { bias[$0] * affine.scale[$0] + affine.shift[$0] }, epsilon: normalization.epsilon),
                sources)
            return true
        }
        return false
    }

    // MARK: Normalisation

    /// `d / sqrt(mean(d^2) + epsilon)` with `d = x - mean(x)`.
    private mutating func recogniseLayerNormalization(_ node: Int, _ uses: [Int]) -> Bool {
        let centred: Int, root: Int
        switch arithmetic(node) {
        case .quotient?:
            guard function(input(node, 1)) == .squareRoot else { return false }
            (centred, root) = (input(node, 0), input(input(node, 1)))
        case .product?:
            guard let inverse = (0..<2).first(where: { isInverseRoot(input(node, $0)) }) else { return false }
            let factor = input(node, inverse)
            centred = input(node, 1 - inverse)
            root = function(factor) == .reciprocal ? input(input(factor)) : input(factor)
        default: return false
        }
        guard case .affine(let scale, let epsilon)? = function(root), scale == 1, epsilon >= 0,
            let axis = meanAxis(input(root)), arithmetic(centred) == .difference,
            let middle = meanAxis(input(centred, 1)), middle == axis, input(input(centred, 1)) == input(centred, 0)
        else { return false }
        let squares = input(input(root))
        let isSquare =
            (function(squares) == .power(2) && input(squares) == centred)
            || (arithmetic(squares) == .product && nodes[squares].inputs == [centred, centred])
        let x = input(centred, 0), rank = shape(x).rank
        guard isSquare, axis == rank - 1 || (axis == 0 && rank == 3) else { return false }
        replace(node, LayerNormalization(axis: axis, weight: nil, bias: nil, epsilon: epsilon), [x])
        return true
    }

    private func isInverseRoot(_ node: Int) -> Bool {
        function(node) == .power(-0.5) || (function(node) == .reciprocal && function(input(node)) == .squareRoot)
    }

    /// The one axis that a mean is taken over, where it stays.
    private func meanAxis(_ node: Int) -> Int? {
        guard let reduction = operation(node, Reduction.self), reduction.function == .mean, reduction.keepsAxes,
            reduction.axes.count == 1
        else {
            return nil
        }
        return try? shape(input(node)).axis(reduction.axes[0])
    }

    /// A map moved to H x W x C, normalised, and moved back: normalised over its channels.
    private mutating func recogniseNormalizationOfChannels(_ node: Int, _ uses: [Int]) -> Bool {
        guard transposition(node) == [2, 0, 1], let normalization = operation(input(node), LayerNormalization.self),
            transposition(input(input(node))) == [1, 2, 0], (try? shape(input(node)).axis(normalization.axis)) == 2,
            uses[input(node)] == 1
        else { return false }
        replace(
            node,
            LayerNormalization(axis: 0, weight: normalization.weight, bias: normalization.bias, epsilon: normalization.epsilon),
            [standIn(for: input(input(input(node))))])
        return true
    }

    // MARK: Gates

    /// A product taken apart into one number and what depends on the image.
    private func factors(_ node: Int, depth: Int = 4) -> (scale: Float, leaves: [Int]) {
        if depth > 0, case .affine(let scale, 0)? = function(node) {
            let inner = factors(input(node), depth: depth - 1)
            return (scale * inner.scale, inner.leaves)
        }
        if depth > 0, arithmetic(node) == .product, shape(input(node, 0)) == shape(input(node, 1)) {
            let (a, b) = (factors(input(node, 0), depth: depth - 1), factors(input(node, 1), depth: depth - 1))
            return (a.scale * b.scale, a.leaves + b.leaves)
        }
        return (1, [node])
    }

    /// `x` times a function of `x`: GELU, SiLU, Mish, hard swish.
    private mutating func recogniseGate(_ node: Int, _ uses: [Int]) -> Bool {
        let (scale, leaves) = factors(node)
        guard leaves.count == 2, leaves[0] != node else { return false }
        for (x, gate) in [(leaves[0], leaves[1]), (leaves[1], leaves[0])] {
            if let whole = wholeFunction(x, gate, scale) {
                replace(node, Pointwise(whole), [x])
                return true
            }
        }
        return false
    }

    private func wholeFunction(_ x: Int, _ gate: Int, _ scale: Float) -> PointwiseFunction? {
        switch function(gate) {
        case .sigmoid? where input(gate) == x && near(scale, 1): return .silu
        case .tanh? where function(input(gate)) == .softplus && input(input(gate)) == x && near(scale, 1): return .mish
        case .hardSigmoid(let slope, let offset)? where input(gate) == x && near(slope, 1 / 6) && offset == 0.5 && near(scale, 1):
            return .hardSwish
        case .affine(let factor, let shift)? where near(scale * factor, 0.5) && near(scale * shift, 0.5):
            let inner = input(gate)
            let (steepness, argument) = factors(input(inner))
            if function(inner) == .erf, argument == [x], near(steepness, Float(0.5).squareRoot()) { return .gelu }
            if function(inner) == .tanh, argument.count == 1, near(steepness, (2 / Float.pi).squareRoot()),
                isCubic(argument[0], x)
            {
                return .geluTanh
            }
            return nil
        default:
            // x * min(max(x + 3, 0), 6) / 6.
            let clips: Bool
            if case .clipped(6)? = nodes[gate].operation.activation {
                clips = nodes[gate].operation is Rectifier
            } else {
                clips = function(gate) == .clip(low: 0, high: 6)
            }
            guard clips, function(input(gate)) == .affine(scale: 1, shift: 3), input(input(gate)) == x, near(scale, 1 / 6) else {
                return nil
            }
            return .hardSwish
        }
    }

    /// `x + 0.044715 x^3`.
    private func isCubic(_ node: Int, _ x: Int) -> Bool {
        guard nodes[node].operation is Sum, nodes[node].inputs.count == 2,
            let other = nodes[node].inputs.firstIndex(where: { $0 != x }),
            input(node, 1 - other) == x
        else { return false }
        let (scale, leaves) = factors(input(node, other))
        guard near(scale, 0.044715) else { return false }
        let degrees = leaves.map { leaf -> Float in
            if leaf == x { return 1 }
            if case .power(let exponent)? = function(leaf), input(leaf) == x { return exponent }
            return .nan
        }
        return degrees.reduce(0, +) == 3
    }

    // MARK: Shuffles and products

    /// Channels seen as groups, the two axes exchanged, and seen as channels again: channels in another order.
    private mutating func recogniseShuffle(_ node: Int, _ uses: [Int]) -> Bool {
        guard operation(node, Reshaping.self) != nil, shape(node).rank == 3, transposition(input(node)) == [1, 0, 2, 3],
            case let grouped = input(input(node)), operation(grouped, Reshaping.self) != nil,
            shape(input(grouped)) == shape(node),
            shape(grouped).dimensions.suffix(2) == shape(node).dimensions.suffix(2)
        else { return false }
        let (groups, each) = (shape(grouped)[0], shape(grouped)[1])
        let order = (0..<groups * each).map { $0 % groups * each + $0 / groups }
        replace(node, Rearrangement(.gather(axis: 0, indices: order)), [standIn(for: input(grouped))])
        return true
    }

    /// A turned right side and scales before and behind belong to the product.
    private mutating func simplifyMatrixProduct(_ node: Int, _ uses: [Int]) -> Bool {
        if case .affine(let scale, 0)? = function(node), uses[input(node)] == 1,
            let product = operation(input(node), MatrixProduct.self)
        {
            replace(
                node, MatrixProduct(scale: product.scale * scale, transposesRight: product.transposesRight),
                nodes[input(node)].inputs)
            return true
        }
        guard let product = operation(node, MatrixProduct.self) else { return false }
        for side in 0..<2 {
            guard case .affine(let scale, 0)? = function(input(node, side)) else { continue }
            var inputs = nodes[node].inputs
            inputs[side] = standIn(for: input(input(node, side)))
            replace(node, MatrixProduct(scale: product.scale * scale, transposesRight: product.transposesRight), inputs)
            return true
        }
        let rank = shape(node).rank
        var swapped = Array(0..<rank)
        swapped.swapAt(rank - 2, rank - 1)
        guard !product.transposesRight, transposition(input(node, 1)) == swapped else { return false }
        replace(
            node, MatrixProduct(scale: product.scale, transposesRight: true),
            [input(node, 0), standIn(for: input(input(node, 1)))])
        return true
    }
}
