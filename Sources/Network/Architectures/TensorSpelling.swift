import Diagnostics
import Tensors

/// What a library calls the tensors of networks that Vitrine describes under another library's names.
struct TensorSpelling {
    /// Of the library, in parentheses behind a network's name.
    let library: String
    /// The module of the body within a classifier; a body of its own comes without.
    let prefix: String
    /// Without the prefix: the tensor by which the spelling is told.
    let mark: String
    /// Names without the prefix, and what they stand for. `#` is a number, the last `*` any last part of the name; `$1` is the first of
    /// the numbers, `$1+` the one after it.
    let names: [(name: String, meaning: String)]
    /// How the library's networks are usually given their images.
    let input: ImageNetwork.Input
    /// What `config.json` says of the networks that are computed as these names' own are, where it says it. Tensors do not tell the others apart.
    var flags: [String: Bool] = [:]
    var texts: [String: String] = [:]

    static let all = [
        // A body of its own is told by what only RegNet Y has.
        transformersRegNet(mark: "encoder.stages.0.layers.0.layer.2.attention.0.weight"), transformersResNet,
        transformersRegNet(mark: "embedder.embedder.convolution.weight"), transformersConvNeXt("convnext"), transformersConvNeXt("convnextv2"),
    ]

    /// ResNet's names as torchvision's.
    private static let transformersResNet = TensorSpelling(
        library: "transformers", prefix: "resnet.", mark: "embedder.embedder.convolution.weight",
        names: [
            ("embedder.embedder.convolution.*", "conv1"),
            ("embedder.embedder.normalization.*", "bn1"),
            ("encoder.stages.#.layers.#.layer.#.convolution.*", "layer$1+.$2.conv$3+"),
            ("encoder.stages.#.layers.#.layer.#.normalization.*", "layer$1+.$2.bn$3+"),
            ("encoder.stages.#.layers.#.shortcut.convolution.*", "layer$1+.$2.downsample.0"),
            ("encoder.stages.#.layers.#.shortcut.normalization.*", "layer$1+.$2.downsample.1"),
            ("classifier.1.*", "fc"),
        ], input: imageNet, flags: ["downsample_in_bottleneck": false, "downsample_in_first_stage": false], texts: ["hidden_act": "relu"])

    /// RegNet's names as timm's. The third layer of Y weighs channels, which X does not.
    private static func transformersRegNet(mark: String) -> TensorSpelling {
        let block = "encoder.stages.#.layers.#", meaning = "s$1+.b$2+"
        func layer(_ number: Int, _ name: String) -> [(name: String, meaning: String)] {
            [
                ("\(block).layer.\(number).convolution.*", "\(meaning).\(name).conv"),
                ("\(block).layer.\(number).normalization.*", "\(meaning).\(name).bn"),
            ]
        }
        return TensorSpelling(
            library: "transformers", prefix: "regnet.", mark: mark,
            names: [
                ("embedder.embedder.convolution.*", "stem.conv"), ("embedder.embedder.normalization.*", "stem.bn"),
                ("\(block).layer.2.attention.0.*", "\(meaning).se.fc1"), ("\(block).layer.2.attention.2.*", "\(meaning).se.fc2"),
                ("\(block).shortcut.convolution.*", "\(meaning).downsample.conv"),
                ("\(block).shortcut.normalization.*", "\(meaning).downsample.bn"), ("classifier.1.*", "head.fc"),
            ] + layer(0, "conv1") + layer(1, "conv2") + layer(2, "conv3") + layer(3, "conv3"),
            input: imageNet, flags: ["downsample_in_first_stage": true], texts: ["hidden_act": "relu"])
    }

    /// ConvNeXt's names, and those of its second version, as timm's.
    private static func transformersConvNeXt(_ module: String) -> TensorSpelling {
        TensorSpelling(
            library: "transformers", prefix: "\(module).", mark: "encoder.stages.0.layers.0.dwconv.weight",
            names: [
                ("embeddings.patch_embeddings.*", "stem.0"),
                ("embeddings.layernorm.*", "stem.1"),
                ("encoder.stages.#.downsampling_layer.#.*", "stages.$1.downsample.$2"),
                ("encoder.stages.#.layers.#.dwconv.*", "stages.$1.blocks.$2.conv_dw"),
                ("encoder.stages.#.layers.#.layernorm.*", "stages.$1.blocks.$2.norm"),
                ("encoder.stages.#.layers.#.pwconv1.*", "stages.$1.blocks.$2.mlp.fc1"),
                ("encoder.stages.#.layers.#.pwconv2.*", "stages.$1.blocks.$2.mlp.fc2"),
                ("encoder.stages.#.layers.#.grn.*", "stages.$1.blocks.$2.mlp.grn"),
                ("encoder.stages.#.layers.#.layer_scale_parameter", "stages.$1.blocks.$2.gamma"),
                ("layernorm.*", "head.norm"),
                ("classifier.*", "head.fc"),
            ], input: imageNet, texts: ["hidden_act": "gelu"])
    }

    private static let imageNet = ImageNetwork.Input(resize: 256, interpolation: .bicubic, size: [224, 224])

    /// The spelling of `tensors`, with the prefix that their names have; nil where it is none of these.
    static func of(_ tensors: any TensorSource) -> (spelling: TensorSpelling, prefix: String)? {
        for spelling in all {
            for prefix in [spelling.prefix, ""] where tensors.shape(of: prefix + spelling.mark) != nil { return (spelling, prefix) }
        }
        return nil
    }

    /// Throws a `Problem` where `configuration` is of a network with these tensors that computes something else with them.
    func requireOwn(_ configuration: NetworkConfiguration?) throws {
        guard let configuration else { return }
        let said: [(key: String, value: String)] =
            flags.compactMap { key, own in configuration.flag(key).flatMap { $0 == own ? nil : (key, "\($0)") } }
            + texts.compactMap { key, own in configuration.text(key).flatMap { $0 == own ? nil : (key, printable($0)) } }
        guard let other = said.min(by: { $0.key < $1.key }) else { return }
        throw Problem(
            "'\(configuration.path)' says that \(other.key) is \(other.value), and such networks of \(library) are not known",
            explanation: "Known are those where it is \(texts[other.key] ?? "\(flags[other.key] ?? false)"); their tensors are the same, their values would be wrong.",
            remedy: "Export the network to ONNX, which is read as it is.")
    }

    /// What `name`, without the prefix, stands for; nil where the spelling does not know it.
    func meaning(of name: String) -> String? {
        let parts = name.split(separator: ".", omittingEmptySubsequences: false)
        for (pattern, meaning) in names {
            let steps = pattern.split(separator: ".")
            guard steps.count == parts.count else { continue }
            var numbers: [Int] = []
            let matches = zip(steps, parts).allSatisfy { step, part in
                guard step == "#" else { return step == "*" || step == part }
                guard let number = Int(part), (0..<1 << 16).contains(number) else { return false }
                numbers.append(number)
                return true
            }
            guard matches else { continue }
            let whole = numbers.enumerated().reduce(meaning) { text, number in
                text.replacing("$\(number.offset + 1)+", with: "\(number.element + 1)").replacing(
                    "$\(number.offset + 1)", with: "\(number.element)")
            }
            return steps.last == "*" ? "\(whole).\(parts[parts.count - 1])" : whole
        }
        return nil
    }
}

/// Tensors under the names that Vitrine knows their networks by. Those that the spelling does not know keep their own.
struct RespelledTensors: TensorSource {
    let spelling: TensorSpelling
    let names: [String]
    private let whole: any TensorSource
    private let originals: [String: String]

    /// Nil where the names are none that stand for others.
    init?(_ whole: any TensorSource) {
        guard let (spelling, prefix) = TensorSpelling.of(whole) else { return nil }
        var names: [String] = [], originals: [String: String] = [:]
        for original in whole.names {
            let plain = original.hasPrefix(prefix) ? String(original.dropFirst(prefix.count)) : original
            let name = spelling.meaning(of: plain) ?? original
            guard originals.updateValue(original, forKey: name) == nil else { return nil }
            names.append(name)
        }
        (self.spelling, self.names, self.whole, self.originals) = (spelling, names, whole, originals)
    }

    /// What the source calls a tensor.
    func original(_ name: String) -> String { originals[name] ?? name }

    var configuration: NetworkConfiguration? { whole.configuration }

    /// Without axes of one in front: 1 x 1 x 1 x C is C.
    func shape(of name: String) -> Shape? {
        guard let shape = originals[name].flatMap({ whole.shape(of: $0) }) else { return nil }
        return shape.rank == 4 && shape.dimensions.dropLast().allSatisfy { $0 == 1 } && name.contains(".grn.") ? [shape[3]] : shape
    }

    func tensor(_ name: String) throws -> Tensor {
        let tensor = try whole.tensor(original(name))
        return shape(of: name).map { tensor.reshaped(to: $0) } ?? tensor
    }
}
