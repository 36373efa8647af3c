import Tensors

/// What the parts of a transformer's block are called, each below the block's name.
struct AttentionModules {
    var firstNormalization: String
    /// Queries, keys and values in one: the tensors of its weight and bias.
    var projectionWeight: String
    var projectionBias: String
    var projection: String
    var output: String
    var secondNormalization: String
    /// Linear, GELU, linear.
    var perceptron: [String]

    static let timm = AttentionModules(
        firstNormalization: "norm1", projectionWeight: "attn.qkv.weight", projectionBias: "attn.qkv.bias", projection: "attn.qkv",
        output: "attn.proj", secondNormalization: "norm2", perceptron: ["mlp.fc1", "mlp.act", "mlp.fc2"])

    /// The perceptron's layers are numbered, or called `linear_1` and `linear_2` as in torchvision's older files.
    static func torchvision(_ parameters: Parameters) -> AttentionModules {
        let isOld = parameters.has("encoder.layers.encoder_layer_0.mlp.linear_1.weight")
        return AttentionModules(
            firstNormalization: "ln_1", projectionWeight: "self_attention.in_proj_weight",
            projectionBias: "self_attention.in_proj_bias", projection: "self_attention.in_proj",
            output: "self_attention.out_proj", secondNormalization: "ln_2",
            perceptron: isOld ? ["mlp.linear_1", "mlp.act", "mlp.linear_2"] : ["mlp.0", "mlp.1", "mlp.3"])
    }
}

extension NetworkBuilder {
    /// The block of a vision transformer on `tokens` x channels: attention between all tokens, then a perceptron on each; both
    /// behind a normalisation, and added to their input (Vaswani et al. 2017; Dosovitskiy et al. 2021).
    mutating func attentionBlock(
        _ name: String, _ x: Node, tokens: Int, heads: Int, _ modules: AttentionModules
    ) throws -> Node {
        let width = x.channels, headWidth = x.channels / heads
        var y = try layerNormalization("\(name).\(modules.firstNormalization)", x, onMaps: false)
        y = add(
            "\(name).\(modules.projection)",
            Linear(
                weights: try parameters.tensor("\(name).\(modules.projectionWeight)", [3 * width, width]),
                bias: try parameters.tensor("\(name).\(modules.projectionBias)", [3 * width]).values),
            y, channels: 3 * width)
        // 3 x heads x tokens x width of a head.
        y = add("\(name).attention.split", Reshaping(to: [tokens, 3, heads, headWidth]), y)
        y = add("\(name).attention.heads", Rearrangement(.transpose([1, 2, 0, 3])), y)
        let parts = ["queries", "keys", "values"].enumerated().map { index, part in
            add("\(name).attention.\(part)", Rearrangement(.slice(axis: 0, start: index, count: 1, step: 1)), y)
        }
        y = add(
            "\(name).attention.products",
            MatrixProduct(scale: 1 / Float(headWidth).squareRoot(), transposesRight: true), parts[0], parts[1])
        y = add("\(name).attention.weights", Softmax(axis: -1), y)
        y = add("\(name).attention.sums", MatrixProduct(), y, parts[2])
        y = add("\(name).attention.tokens", Rearrangement(.transpose([2, 0, 1, 3])), y)
        y = add("\(name).attention", Reshaping(to: [tokens, width]), y, channels: width)
        y = try linear("\(name).\(modules.output)", y, to: width)
        let attended = add("\(name).attended", Sum(), x, y)
        y = try layerNormalization("\(name).\(modules.secondNormalization)", attended, onMaps: false)
        let perceptron = modules.perceptron.map { "\(name).\($0)" }
        y = try linear(perceptron[0], y, to: 4 * width)
        y = add(perceptron[1], Pointwise(.gelu), y)
        y = try linear(perceptron[2], y, to: width)
        return add(name, Sum(), attended, y)
    }

    /// One of the tokens, as a vector.
    mutating func token(_ index: Int, of x: Node) -> Node {
        let row = add("token\(index)", Rearrangement(.slice(axis: 0, start: index, count: 1, step: 1)), x)
        return add("token\(index)_vector", Reshaping(to: [x.channels, 1, 1]), row)
    }
}
