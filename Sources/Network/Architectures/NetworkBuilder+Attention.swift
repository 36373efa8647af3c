import Tensors

/// What the parts of a transformer's block are called, each below the block's name.
struct AttentionModules: Sendable {
    enum Projection: Sendable {
        /// Queries, keys and values in one: the layer, and the tensors of its weight and bias.
        case joined(String, weight: String, bias: String)
        /// The same weights, and a bias for queries and one for values: tensors.
        case parted(String, weight: String, biases: [String?])
        /// A layer for each.
        case apart(queries: String, keys: String, values: String)
    }

    enum Perceptron: Sendable {
        /// Linear, nonlinearity, linear.
        case plain(String, String, String)
        /// `output(silu(gate(x)) * signal(x))` (Shazeer 2020), gate and signal in one linear layer.
        case gatedInOne(String, output: String)
        /// The same in two.
        case gated(gate: String, signal: String, output: String)
    }

    var firstNormalization: String
    var projection: Projection
    var output: String
    /// The module of projection and output; nil where it has no name of its own.
    var attention: String?
    var secondNormalization: String
    var perceptron: Perceptron
    /// Vectors that scale what attention and perceptron add: the tensors.
    var scales: [String]?

    static let timm = AttentionModules(
        firstNormalization: "norm1", projection: .joined("attn.qkv", weight: "attn.qkv.weight", bias: "attn.qkv.bias"),
        output: "attn.proj", secondNormalization: "norm2", perceptron: .plain("mlp.fc1", "mlp.act", "mlp.fc2"))

    /// The perceptron's layers are numbered, or called `linear_1` and `linear_2` as in torchvision's older files.
    static func torchvision(_ parameters: Parameters) -> AttentionModules {
        let isOld = parameters.has("encoder.layers.encoder_layer_0.mlp.linear_1.weight")
        return AttentionModules(
            firstNormalization: "ln_1",
            projection: .joined(
                "self_attention.in_proj", weight: "self_attention.in_proj_weight", bias: "self_attention.in_proj_bias"),
            output: "self_attention.out_proj", secondNormalization: "ln_2",
            perceptron: isOld ? .plain("mlp.linear_1", "mlp.act", "mlp.linear_2") : .plain("mlp.0", "mlp.1", "mlp.3"))
    }
}

/// What a transformer's block computes, besides what its modules are called.
struct AttentionForm {
    var heads: Int
    /// Of layer normalisations.
    var epsilon: Float = 1e-6
    var nonlinearity = PointwiseFunction.gelu
    /// The perceptron's width; four times the block's where nil.
    var hidden: Int?
    /// Which of queries, keys and values have a bias, where each has its own layer.
    var biases = [true, true, true]
}

extension NetworkBuilder {
    /// The block of a vision transformer on `tokens` x channels: attention between all tokens, then a perceptron on each; both
    /// behind a normalisation, and added to their input (Vaswani et al. 2017; Dosovitskiy et al. 2021). `bias` is added to the
    /// attention's products. With `windows`, tokens come as height x width x channels, and those of a window see one another only.
    mutating func attentionBlock(
        _ name: String, _ x: Node, tokens: Int, bias: Node? = nil, windows: (form: AttentionWindows, mask: Node?)? = nil,
        _ form: AttentionForm, _ modules: AttentionModules
    ) throws -> Node {
        let width = x.channels
        var y = try layerNormalization("\(name).\(modules.firstNormalization)", x, onMaps: false, epsilon: form.epsilon)
        if let windows { y = parted("\(name).windows", y, windows.form) }
        let parts = try projections(name, y, form, modules.projection)
        y = attention(
            "\(name).attention", parts, windows: windows?.form.count, tokens: tokens, heads: form.heads, bias: bias, mask: windows?.mask)
        y = try linear("\(name).\(modules.output)", y, to: width)
        if let windows { y = joined("\(name).windows", y, windows.form) }
        if let module = modules.attention { alias("\(name).\(module)", y) }
        let attended = add("\(name).attended", Sum(), x, try scaled(name, modules.scales?[0], y))
        y = try layerNormalization("\(name).\(modules.secondNormalization)", attended, onMaps: false, epsilon: form.epsilon)
        y = try perceptron(name, y, form, modules.perceptron)
        return add(name, Sum(), attended, try scaled(name, modules.scales?[1], y))
    }

    /// What attention makes of tokens.
    static let parts = ["queries", "keys", "values"]

    /// Queries, keys and values of tokens, shaped like them.
    private mutating func projections(
        _ name: String, _ x: Node, _ form: AttentionForm, _ modules: AttentionModules.Projection
    ) throws -> [Node] {
        let width = x.channels
        switch modules {
        case .joined(let module, let weight, let bias):
            let layer = Linear(
                weights: try parameters.tensor("\(name).\(weight)", [3 * width, width]),
                bias: try parameters.tensor("\(name).\(bias)", [3 * width]).values,
                separator: String(weight.dropFirst(module.count).dropLast("weight".count)))
            let all = add("\(name).\(module)", layer, x, channels: 3 * width)
            return Self.parts.enumerated().map { index, part in
                add(
                    "\(name).attention.\(part)", Rearrangement(.slice(axis: -1, start: index * width, count: width, step: 1)), all,
                    channels: width)
            }
        case .parted(let module, let weight, let biases):
            let weights = try parameters.tensor("\(name).\(weight)", [3 * width, width])
            return try biases.enumerated().map { index, bias in
                let bias = try bias.map { try parameters.tensor("\(name).\($0)", [width]).values }
                let part = "\(name).\(module).\(Self.parts[index])"
                return add(part, Linear(weights: weights.rows(index * width, count: width), bias: bias), x)
            }
        case .apart(let queries, let keys, let values):
            return try zip([queries, keys, values], form.biases).map { try linear("\(name).\($0)", x, to: width, bias: $1) }
        }
    }

    /// Attention of several heads: softmax of the scaled products of queries and keys, then means of the values by it. Queries,
    /// keys and values are tokens x channels, or windows x tokens x channels; the result is shaped like the queries, of which there
    /// may be fewer (`queries`) than of the others. `bias` (windows or 1 x heads or 1 x queries x tokens) and `mask` are added to the
    /// products.
    mutating func attention(
        _ name: String, _ parts: [Node], windows: Int? = nil, queries: Int? = nil, tokens: Int, heads: Int, bias: Node? = nil,
        mask: Node? = nil
    ) -> Node {
        let width = parts[0].channels, headWidth = width / heads
        let split = zip(parts, Self.parts).enumerated().map { index, part in
            let count = index == 0 ? queries ?? tokens : tokens
            let y = add("\(name).\(part.1).split", Reshaping(to: [windows ?? 1, count, heads, headWidth]), part.0)
            return add("\(name).\(part.1).heads", Rearrangement(.transpose([0, 2, 1, 3])), y)
        }
        var y = add(
            "\(name).products", MatrixProduct(scale: 1 / Float(headWidth).squareRoot(), transposesRight: true), split[0], split[1])
        if let bias { y = add("\(name).biased", Arithmetic(.sum), y, bias) }
        if let mask { y = add("\(name).masked", Arithmetic(.sum), y, mask) }
        y = add("\(name).weights", Softmax(axis: -1), y)
        y = add("\(name).sums", MatrixProduct(), y, split[2])
        y = add("\(name).tokens", Rearrangement(.transpose([0, 2, 1, 3])), y)
        let count = queries ?? tokens
        return add("\(name).joined", Reshaping(to: windows.map { [$0, count, width] } ?? [count, width]), y, channels: width)
    }

    /// The two layers behind attention, on each token by itself.
    mutating func perceptron(
        _ name: String, _ x: Node, _ form: AttentionForm, _ modules: AttentionModules.Perceptron
    ) throws -> Node {
        let hidden = form.hidden ?? 4 * x.channels
        switch modules {
        case .plain(let first, let nonlinearity, let last):
            let y = try linear("\(name).\(first)", x, to: hidden)
            return try linear("\(name).\(last)", add("\(name).\(nonlinearity)", Pointwise(form.nonlinearity), y), to: x.channels)
        case .gatedInOne(let both, let output):
            let y = try linear("\(name).\(both)", x, to: 2 * hidden)
            let parts = ["gate", "signal"].enumerated().map { index, part in
                add(
                    "\(name).mlp.\(part)", Rearrangement(.slice(axis: -1, start: index * hidden, count: hidden, step: 1)), y,
                    channels: hidden)
            }
            return try gated(name, parts[0], parts[1], output, to: x.channels)
        case .gated(let gate, let signal, let output):
            return try gated(
                name, try linear("\(name).\(gate)", x, to: hidden), try linear("\(name).\(signal)", x, to: hidden), output,
                to: x.channels)
        }
    }

    private mutating func gated(_ name: String, _ gate: Node, _ signal: Node, _ output: String, to outputs: Int) throws -> Node {
        let opened = add("\(name).mlp.act", Pointwise(.silu), gate)
        return try linear("\(name).\(output)", add("\(name).mlp.gated", Arithmetic(.product), opened, signal), to: outputs)
    }

    /// `x` times a learned vector (Touvron et al. 2021, "Going deeper with image transformers"); `x` itself where there is none.
    private mutating func scaled(_ name: String, _ tensor: String?, _ x: Node) throws -> Node {
        guard let tensor else { return x }
        let scale = try parameters.tensor("\(name).\(tensor)", [x.channels]).values
        return add("\(name).\(tensor)", Affine(learnedScale: scale, axis: -1), x)
    }

    /// One of the tokens, as a vector.
    mutating func token(_ index: Int, of x: Node) -> Node {
        let row = add("token\(index)", Rearrangement(.slice(axis: 0, start: index, count: 1, step: 1)), x)
        return add("token\(index)_vector", Reshaping(to: [x.channels, 1, 1]), row)
    }
}

extension Tensor {
    /// Some of the rows of a matrix. An empty tensor stays empty: then only shapes are compared.
    func rows(_ first: Int, count: Int) -> Tensor {
        guard !values.isEmpty else { return self }
        let width = shape[1]
        return Tensor(shape: [count, width], values: Array(values[first * width..<(first + count) * width]))
    }
}
