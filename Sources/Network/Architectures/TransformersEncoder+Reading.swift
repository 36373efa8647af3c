import Tensors

extension TransformersEncoder {
    /// How large a network of the family is.
    struct Size {
        var width: Int
        var depth: Int
        var heads: Int
        /// Of the perceptrons.
        var hidden: Int
        var patch: Int
        /// The side of the grid of patches.
        var side: Int

        private static let letters: [Int: String] = [
            192: "Ti", 384: "S", 768: "B", 1024: "L", 1152: "So400m", 1280: "H", 1408: "g", 1536: "g",
        ]

        /// As papers write it: B/16, or what tells it from others where it is of no usual size.
        var title: String { (Self.letters[width] ?? "\(depth)x\(width)") + "/\(patch)" }
    }

    /// What tensors and configuration say about a network of the family.
    struct Reading {
        let prefix: String
        /// What stands before a block's number.
        let blocks: String
        let spelling: Spelling
        var modules: AttentionModules
        var size: Size
        /// The patches of an image, as the network is used and as it was trained.
        let grid: PatchGrid
        let trainedGrid: PatchGrid
        let epsilon: Float
        let nonlinearity: PointwiseFunction
        /// Whether queries, keys and values have a bias.
        let biases: [Bool]
        let hasPositions: Bool
        /// The tables of position biases: a block's own, below its name, and the one of all blocks.
        let blockBias: String?
        let sharedBias: String?
        let registerCount: Int
        /// Height and width of the images, where they are not the grid's.
        let imageSize: [Int]?

        /// Extents that no network has; a file may say anything.
        private static let limit = 1 << 16

        init(_ family: TransformersEncoder, _ parameters: Parameters) {
            let isFree = parameters.isFree
            func extents(_ name: String, _ rank: Int) -> [Int]? {
                guard let shape = parameters.shape(of: name), shape.rank == rank,
                    shape.dimensions.allSatisfy({ (1...Reading.limit).contains($0) })
                else { return nil }
                return shape.dimensions
            }
            let prefix = isFree || parameters.has("\(family.prefix)\(family.stem).weight") ? family.prefix : ""
            // Version 5 writes the blocks of ViT-MSN without the prefix that everything else has.
            let found = [prefix, ""].lazy.flatMap { prefix in family.spellings.map { (spelling: $0, blocks: prefix + $0.blocks) } }
                .first { found in found.spelling.modules.weights.allSatisfy { parameters.has("\(found.blocks).0.\($0)") } }
            let (spelling, blocks) = found ?? (family.spellings[0], prefix + family.spellings[0].blocks)
            func block(_ index: Int, _ part: String) -> String { "\(blocks).\(index).\(part)" }
            let configuration = family.configuration(parameters)

            var size = family.usual
            if let stem = extents("\(prefix)\(family.stem).weight", 4) { (size.width, size.patch) = (stem[0], stem[2]) }
            if parameters.has(block(0, "\(spelling.modules.firstNormalization).weight")) {
                size.depth = 1
                while parameters.has(block(size.depth, "\(spelling.modules.firstNormalization).weight")) { size.depth += 1 }
            }
            var modules = spelling.modules
            if !isFree, let scale = modules.scales?[0], !parameters.has(block(0, scale)) { modules.scales = nil }
            if let hidden = extents(block(0, "\(modules.perceptron.first).weight"), 2) {
                size.hidden = modules.perceptron.isGatedInOne ? hidden[0] / 2 : hidden[0]
            }
            blockBias = spelling.blockBias.flatMap { isFree || parameters.has(block(0, $0)) ? $0 : nil }
            sharedBias = spelling.sharedBias.flatMap { !isFree && parameters.has("\(prefix)\($0)") ? "\(prefix)\($0)" : nil }
            let table = (blockBias.map { block(0, $0) } ?? sharedBias).flatMap { extents($0, 2) }

            // Attention.
            if let heads = table?[1] {
                size.heads = heads
            } else if let heads = configuration.map({ $0.integer("num_attention_heads") ?? family.usual.heads }), heads > 0,
                size.width % heads == 0
            {
                size.heads = heads
            } else if !isFree {
                size.heads = Reading.usualHeads(size.width)
                parameters.assume("attention heads of \(size.width / size.heads) channels: \(size.heads)")
            }
            if case .apart(let queries, let keys, let values) = modules.projection, !isFree {
                biases = [queries, keys, values].map { parameters.has(block(0, "\($0).bias")) }
            } else {
                biases = [true, !family.spellings.contains { $0.blockBias != nil }, true]
            }

            // Normalisation and nonlinearity.
            if let configuration {
                epsilon = configuration.number("layer_norm_eps").map { Float($0) } ?? family.epsilon
                nonlinearity = configuration.text("hidden_act").flatMap { PointwiseFunction.ofTransformers[$0] } ?? family.nonlinearity
                if let word = configuration.text("hidden_act"), PointwiseFunction.ofTransformers[word] == nil {
                    parameters.assume("\(family.nonlinearity.title) in place of the nonlinearity “\(word)” of its configuration")
                }
            } else {
                (epsilon, nonlinearity) = (family.epsilon, family.nonlinearity)
                if !isFree {
                    parameters.assume("an epsilon of \(family.epsilon) in layer normalisations, and \(family.nonlinearity.title) in between")
                }
            }

            // Positions.
            let positions = "\(prefix)\(family.positions)"
            hasPositions = isFree ? blockBias == nil : parameters.has(positions)
            let stated = configuration?.integers("image_size").map { $0.count == 1 ? [$0[0], $0[0]] : $0 }
            func grid(_ places: Int) -> PatchGrid? {
                guard places > 0 else { return nil }
                if let stated, stated.count == 2, stated.allSatisfy({ (1...Reading.limit).contains($0) }) {
                    let grid = PatchGrid(height: stated[0] / size.patch, width: stated[1] / size.patch)
                    if grid.count == places { return grid }
                }
                let side = Int(Double(places).squareRoot())
                return side * side == places ? PatchGrid(height: side, width: side) : nil
            }
            let extra = family.tokens.count
            let rows = extents(positions, 3)?[1] ?? extents(positions, 2)?[0]
            // Differences of a square grid, and the three relations of the class token.
            let side = table.map { (Int(Double(max(0, $0[0] - 3)).squareRoot()) + 1) / 2 }
            var trained = PatchGrid(height: size.side, width: size.side)
            if let rows {
                trained = grid(rows - extra) ?? trained
            } else if let side {
                trained = grid(side * side) ?? trained
            } else if let stated, stated.count == 2, stated.allSatisfy({ (size.patch...4096).contains($0) }) {
                trained = PatchGrid(height: stated[0] / size.patch, width: stated[1] / size.patch)
            } else if !isFree {
                trained = PatchGrid(height: max(1, 224 / size.patch), width: max(1, 224 / size.patch))
                parameters.assumeSize("images of \(trained.height * size.patch) pixels: the network has no positions that would tell")
            }
            trainedGrid = trained
            let image = family.interpolates == nil || isFree ? nil : Reading.imageSize(configuration, trained, size.patch, parameters)
            imageSize = image
            self.grid = image.map { PatchGrid(height: $0[0] / size.patch, width: $0[1] / size.patch) } ?? trained
            size.side = trained.height
            registerCount = family.registers.map { isFree ? 4 : extents("\(prefix)\($0)", 3)?[1] ?? 0 } ?? 0
            (self.prefix, self.blocks, self.spelling, self.modules, self.size) = (prefix, blocks, spelling, modules, size)
        }

        /// 64 channels a head, as nearly all have; 72 in SigLIP's So400m.
        private static func usualHeads(_ width: Int) -> Int {
            if width == 1152 { return 16 }
            return width % 64 == 0 ? width / 64 : 1
        }

        /// Height and width of the images of a network that interpolates its positions, where they are not those of its training: what the
        /// configuration of its preprocessing says, or 224 pixels, at which networks trained at 518 are used.
        private static func imageSize(
            _ configuration: NetworkConfiguration?, _ trained: PatchGrid, _ patch: Int, _ parameters: Parameters
        ) -> [Int]? {
            let processor = configuration.flatMap { NetworkConfiguration.beside($0.path, named: "preprocessor_config.json") }
            if let crop = processor?.section("crop_size"), let height = crop.integer("height"), let width = crop.integer("width"),
                [height, width].allSatisfy({ (patch...4096).contains($0) })
            {
                return [height, width]
            }
            guard trained.height * patch == 518, trained.width * patch == 518 else { return nil }
            parameters.assumeSize("images of 224 pixels, with positions interpolated from 518")
            return [224, 224]
        }
    }

    /// What the library wrote about a network of the family beside its tensors.
    private func configuration(_ parameters: Parameters) -> NetworkConfiguration? {
        guard let whole = parameters.configuration, let type = whole.modelType, modelTypes.contains(type) else { return nil }
        let own = whole.section("vision_config") ?? whole
        // One for another size lies there by accident.
        let width = own.integer("hidden_size"), found = parameters.shape(of: "\(prefix)\(stem).weight") ?? parameters.shape(of: "\(stem).weight")
        return width == nil || found == nil || found?.dimensions.first == width ? own : nil
    }
}

extension AttentionModules {
    /// Tensors by which this spelling is told from others.
    fileprivate var weights: [String] { ["\(output).weight", "\(perceptron.first).weight"] }
}

extension AttentionModules.Perceptron {
    /// The layer that reads the block's channels.
    fileprivate var first: String {
        switch self {
        case .plain(let first, _, _), .gatedInOne(let first, _), .gated(let first, _, _): first
        }
    }

    fileprivate var isGatedInOne: Bool { if case .gatedInOne = self { true } else { false } }
}

extension PointwiseFunction {
    /// By transformers' words for them.
    fileprivate static let ofTransformers: [String: PointwiseFunction] = [
        "gelu": .gelu, "gelu_python": .gelu, "quick_gelu": .geluSigmoid, "gelu_new": .geluTanh, "gelu_fast": .geluTanh,
        "gelu_pytorch_tanh": .geluTanh, "gelu_accurate": .geluTanh, "silu": .silu, "swish": .silu, "tanh": .tanh, "sigmoid": .sigmoid,
        "mish": .mish, "relu": .leakyRectifier(slope: 0),
    ]

    fileprivate var title: String {
        switch self {
        case .geluTanh: "GELU by tanh"
        case .geluSigmoid: "quick GELU"
        default: "GELU"
        }
    }
}
