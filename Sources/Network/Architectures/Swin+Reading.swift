import Tensors

extension Swin {
    struct Stage {
        var depth: Int
        var heads: Int
        /// Of perceptrons.
        var hidden: Int
        /// The side of its windows, in tokens.
        var window = 7
    }

    /// What tensors and configuration say about a network.
    struct Reading {
        let names: SwinNames
        private(set) var width = 96
        private(set) var patch = 4
        /// Swin-T's, of a network that is not made of tensors.
        private(set) var stages = [(2, 3), (2, 6), (6, 12), (2, 24)].enumerated().map { Stage(depth: $1.0, heads: $1.1, hidden: 384 << $0) }
        private(set) var imageSize = [224, 224]
        private(set) var epsilon: Float = 1e-5
        /// Of queries, keys and values.
        private(set) var biases = [true, true, true]

        init(_ parameters: Parameters, _ spellings: [SwinNames]) {
            // The later names go first: layers of the paper's code stand where timm's have others.
            let fitting = parameters.isFree ? nil : spellings.last { names in
                parameters.has(names.mark) && parameters.has("\(names.block(0, 0)).\(names.table)")
                    && (parameters.has("\(names.merging(before: 1)).reduction.weight") || !parameters.has("\(names.block(1, 0)).\(names.table)"))
            }
            names = fitting ?? spellings[0]
            guard !parameters.isFree else { return }
            func extents(_ name: String, _ rank: Int) -> [Int]? {
                guard let shape = parameters.shape(of: name), shape.rank == rank, shape.dimensions.allSatisfy({ (1...1 << 16).contains($0) })
                else { return nil }
                return shape.dimensions
            }
            if let found = extents(names.mark, 4) { (width, patch) = (found[0], found[2]) }
            var stages: [Stage] = []
            while stages.count < 16, let table = extents("\(names.block(stages.count, 0)).\(names.table)", 2) {
                let stage = stages.count
                var depth = 1
                while parameters.has("\(names.block(stage, depth)).\(names.table)") { depth += 1 }
                guard case .plain(let perceptron, _, _) = names.block.perceptron else { break }
                stages.append(
                    Stage(
                        depth: depth, heads: table[1],
                        hidden: extents("\(names.block(stage, 0)).\(perceptron).weight", 2)?[0] ?? 4 * width << stage,
                        window: min(max((Int(Double(table[0]).squareRoot()) + 1) / 2, 2), 32)))
            }
            if !stages.isEmpty { self.stages = stages }
            if case .apart(let queries, let keys, let values) = names.block.projection {
                biases = [queries, keys, values].map { parameters.has("\(names.block(0, 0)).\($0).bias") }
            }
            read(parameters.configuration, parameters)
        }

        private mutating func read(_ configuration: NetworkConfiguration?, _ parameters: Parameters) {
            var stated: [Int]?
            switch names.library {
            case .transformers:
                if let configuration, configuration.modelType == "swin", configuration.integer("embed_dim") ?? width == width {
                    epsilon = configuration.number("layer_norm_eps").map { Float($0) } ?? epsilon
                    stated = configuration.integers("image_size")
                }
            case .timm: stated = configuration?.timmImageSize
            case .torchvision: break
            }
            if let stated, [1, 2].contains(stated.count), stated.allSatisfy({ (patch...4096).contains($0) && $0 % patch == 0 }) {
                imageSize = [stated[0], stated[stated.count - 1]]
                return
            }
            // Whole windows down to the last stage: 224 for windows of 7, 384 for windows of 12.
            let window = stages[0].window, side = min(window << (stages.count - 1), 1024 / patch) * patch
            imageSize = [side, side]
            parameters.assumeSize("images of \(side) pixels, as windows of \(window) suggest")
        }

        /// How the library's networks are usually given their images.
        var input: ImageNetwork.Input {
            let side = imageSize.min() ?? 224
            let resize: Int? =
                switch names.library {
                case .transformers: nil
                case .timm: side > 224 ? side : Int(Double(side) / 0.9)
                case .torchvision: ["T": 232, "S": 246, "B": 238][title] ?? 256
                }
            return .init(resize: resize, interpolation: .bicubic, size: imageSize)
        }

        /// As the paper writes it.
        var title: String {
            let depths = stages.map(\.depth)
            let letter: String? =
                switch (width, depths) {
                case (96, [2, 2, 6, 2]): "T"
                case (96, [2, 2, 18, 2]): "S"
                case (128, [2, 2, 18, 2]): "B"
                case (192, [2, 2, 18, 2]): "L"
                default: nil
                }
            return letter ?? "\(depths.map(String.init).joined(separator: "-"))x\(width)"
        }
    }
}
