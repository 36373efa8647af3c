import Tensors

/// The values of a batch normalisation in a checkpoint, under `<name>.bn`.
struct NormalizationValues {
    static let names = ["weight", "bias", "running_mean", "running_var"]

    static func shapes(_ channels: Int) -> [(name: String, shape: Shape)] { names.map { ("bn.\($0)", [channels]) } }

    /// One that changes nothing yet.
    static func initial(_ channels: Int) -> [String: Tensor] {
        Dictionary(uniqueKeysWithValues: names.map { name in
            let value: Float = name == "weight" || name == "running_var" ? 1 : 0
            return ("bn.\(name)", Tensor(shape: [channels], values: Array(repeating: value, count: channels)))
        })
    }

    static func operation(_ values: (String) -> Tensor) -> BatchNormalization {
        BatchNormalization(
            weight: values("bn.weight").values, bias: values("bn.bias").values, mean: values("bn.running_mean").values,
            variance: values("bn.running_var").values, epsilon: 1e-5)
    }
}
