import Tensors

extension TimmVisionTransformer {
    enum Pool {
        case token, mean, attention
    }

    /// What has a position of its own.
    enum Positions {
        case none, patches, all
    }

    /// What tensors, and timm's name for the network, say about it.
    struct Reading {
        static let table = "attn.relative_position_bias_table"

        private(set) var kind: Kind
        private(set) var size = TransformersEncoder.Size(width: 768, depth: 12, heads: 12, hidden: 3072, patch: 16, side: 14)
        private(set) var grid = PatchGrid(height: 14, width: 14)
        private(set) var modules = AttentionModules.timm
        private(set) var stemHasBias = true
        private(set) var hasClassToken = true
        private(set) var registerCount = 0
        private(set) var positions = Positions.all
        private(set) var hasFirstNormalization = false
        private(set) var hasTables = false
        private(set) var pool = Pool.token
        /// Normalisation stands behind the pool.
        private(set) var normalizesFeatures = false
        private(set) var epsilon: Float = 1e-6
        private(set) var nonlinearity = PointwiseFunction.gelu
        /// True for the networks of `VisionTransformer`'s rows.
        private(set) var isListed = false
        /// Tensors with which something else would be computed.
        private(set) var foreign = ["dist_token", "head_dist.weight", "rel_pos_bias.relative_position_bias_table"]

        /// Tokens that are no patches.
        var prefixCount: Int { (hasClassToken ? 1 : 0) + registerCount }

        init(_ parameters: Parameters, _ wanted: Kind) {
            kind = wanted
            func extents(_ name: String, _ rank: Int) -> [Int]? {
                guard let shape = parameters.shape(of: name), shape.rank == rank, shape.dimensions.allSatisfy({ (1...1 << 16).contains($0) })
                else { return nil }
                return shape.dimensions
            }
            guard !parameters.isFree else {
                takeUsual()
                return
            }
            let rows = extents("pos_embed", 3)?[1]
            if let stem = extents("patch_embed.proj.weight", 4) { (size.width, size.patch) = (stem[0], stem[2]) }
            var depth = 0
            while parameters.has("blocks.\(depth).norm1.weight") { depth += 1 }
            size.depth = max(depth, 1)
            stemHasBias = parameters.has("patch_embed.proj.bias")
            hasClassToken = parameters.has("cls_token")
            registerCount = extents("reg_token", 3)?[1] ?? 0
            hasFirstNormalization = parameters.has("norm_pre.weight") && parameters.has("norm_pre.bias")
            let tableExtents = extents("blocks.0.\(Self.table)", 2)
            hasTables = tableExtents != nil
            normalizesFeatures = parameters.has("fc_norm.weight")
            readBlocks(parameters, extents("blocks.0.mlp.fc1.weight", 2), extents("blocks.0.mlp.fc2.weight", 2))

            // The grid of patches, and what has positions.
            let stated = parameters.configuration?.timmImageSize
            func gridOf(_ places: Int) -> PatchGrid? {
                guard places > 0 else { return nil }
                if let stated, stated.allSatisfy({ (size.patch...4096).contains($0) }) {
                    let grid = PatchGrid(height: stated[0] / size.patch, width: stated[1] / size.patch)
                    if grid.count == places { return grid }
                }
                let side = Int(Double(places).squareRoot())
                return side * side == places ? PatchGrid(height: side, width: side) : nil
            }
            if let rows, let found = gridOf(rows - prefixCount) {
                (grid, positions) = (found, .all)
            } else if let rows, let found = gridOf(rows) {
                (grid, positions) = (found, .patches)
            } else if rows == nil, let tableExtents {
                // Differences of a square grid, and the three relations of the class token.
                let side = (Int(Double(max(0, tableExtents[0] - 3)).squareRoot()) + 1) / 2
                (grid, positions) = (gridOf(side * side) ?? grid, .none)
            }
            size.side = grid.height

            kind = ownKind(parameters)
            if kind != .clip { foreign.append("norm_pre.weight") }
            pool = ownPool(parameters)
            foreign.append(normalizesFeatures ? "norm.weight" : "fc_norm.weight")
            let hasJoinedBias = parameters.has("blocks.0.attn.qkv.bias")
            if kind == .plain {
                // A block that normalises behind its parts has the same tensors: of those timm has only one that looks like this.
                if !hasJoinedBias, !hasClassToken, normalizesFeatures { foreign.append("fc_norm.weight") }
                isListed = hasClassToken && registerCount == 0 && positions == .all && stemHasBias && hasJoinedBias && pool == .token
                    && !normalizesFeatures && VisionTransformer.hasRow(width: size.width, depth: size.depth, patch: size.patch)
            }
            readRest(parameters, tableExtents?[1])
        }

        /// Of a network that is not made of tensors.
        private mutating func takeUsual() {
            switch kind {
            case .plain: (size.patch, grid) = (8, PatchGrid(height: 28, width: 28))
            case .clip: (stemHasBias, hasFirstNormalization, epsilon) = (false, true, 1e-5)
            case .dinov2, .deit3:
                size = .init(width: 384, depth: 12, heads: 6, hidden: 1536, patch: 16, side: 14)
                positions = .patches
                modules.scales = Self.scales
                if kind == .dinov2 { (registerCount, size.patch, grid) = (4, 14, PatchGrid(height: 37, width: 37)) }
            case .siglip: (hasClassToken, pool) = (false, .attention)
            case .beit:
                (positions, hasTables, pool, normalizesFeatures) = (.none, true, .mean, true)
                modules.scales = Self.beitScales
                modules.projection = Self.beitProjection
            }
            size.side = grid.height
        }

        private static let scales = ["ls1.gamma", "ls2.gamma"]
        private static let beitScales = ["gamma_1", "gamma_2"]
        private static let beitProjection = AttentionModules.Projection.parted(
            "attn.qkv", weight: "attn.qkv.weight", biases: ["attn.q_bias", nil, "attn.v_bias"])

        private mutating func readBlocks(_ parameters: Parameters, _ first: [Int]?, _ last: [Int]?) {
            if parameters.has("blocks.0.ls1.gamma") { modules.scales = Self.scales }
            if parameters.has("blocks.0.gamma_1") { modules.scales = Self.beitScales }
            if hasTables {
                modules.projection = Self.beitProjection
            } else if !parameters.has("blocks.0.attn.qkv.bias") {
                modules.projection = .parted("attn.qkv", weight: "attn.qkv.weight", biases: [nil, nil, nil])
            }
            size.hidden = first?[0] ?? size.hidden
            if let last, last[1] * 2 == size.hidden {
                size.hidden = last[1]
                modules.perceptron = .gatedInOne("mlp.fc1", output: "mlp.fc2")
            }
        }

        private func ownKind(_ parameters: Parameters) -> Kind {
            if hasTables { return .beit }
            if parameters.has("attn_pool.latent") { return .siglip }
            if hasFirstNormalization { return .clip }
            guard parameters.has("blocks.0.ls1.gamma"), hasClassToken else { return .plain }
            return positions == .patches && registerCount == 0 ? .deit3 : .dinov2
        }

        /// As the configuration says, or as timm makes it where such tensors are.
        private mutating func ownPool(_ parameters: Parameters) -> Pool {
            if kind == .siglip { return .attention }
            let configuration = parameters.configuration.flatMap { $0.timmArchitecture == nil ? nil : $0 }
            switch configuration?.text("global_pool") {
            case "token"? where hasClassToken: return .token
            case "avg"?: return .mean
            case nil: return hasClassToken && !normalizesFeatures ? .token : .mean
            default:
                // Largest values, or all tokens: what reads them is another network.
                foreign.append(normalizesFeatures ? "fc_norm.weight" : "norm.weight")
                return .mean
            }
        }

        private mutating func readRest(_ parameters: Parameters, _ heads: Int?) {
            let name = parameters.configuration?.timmArchitecture ?? ""
            size.heads = heads ?? Self.heads(size.width, name, hasClassToken: hasClassToken)
            if size.width % size.heads != 0 { size.heads = 1 }
            epsilon = kind == .clip ? 1e-5 : 1e-6
            let isTanh = ["patch32_siglip", "siglip_512", "siglip_gap_512", "so400m_patch16_siglip", "giantopt"].contains { name.contains($0) }
                && !name.contains("base_patch16")
            nonlinearity = name.contains("quickgelu") ? .geluSigmoid : isTanh ? .geluTanh : .gelu
            guard name.isEmpty else { return }
            if heads == nil { parameters.assume("attention heads of \(size.width / size.heads) channels: \(size.heads)") }
            parameters.assume("an epsilon of \(epsilon) in layer normalisations, and GELU in between")
        }

        /// 64 channels a head, but for the largest and the smallest, and one that has more than its size's others.
        private static func heads(_ width: Int, _ name: String, hasClassToken: Bool) -> Int {
            if name.hasPrefix("vit_base_patch16_gap") { return 16 }
            switch width {
            case 1152, 1280, 1408, 1664: return 16
            case 1536 where !hasClassToken: return 16
            case 64, 96: return width / 32
            default: return width % 64 == 0 ? width / 64 : 1
            }
        }

        /// How the kind's networks are usually given their images.
        var input: ImageNetwork.Input {
            let size = [grid.height * self.size.patch, grid.width * self.size.patch], side = size.min() ?? 0
            let half: [Float] = [0.5, 0.5, 0.5]
            let resize = kind == .dinov2 || side > 224 ? side : Int(Double(side) / 0.9)
            switch kind {
            case .clip:
                return .init(
                    resize: resize, interpolation: .bicubic, size: size, mean: [0.48145466, 0.4578275, 0.40821073],
                    standardDeviation: [0.26862954, 0.26130258, 0.27577711])
            case .dinov2, .deit3: return .init(resize: resize, interpolation: .bicubic, size: size)
            case .plain, .siglip, .beit:
                return .init(resize: resize, interpolation: .bicubic, size: size, mean: half, standardDeviation: half)
            }
        }
    }
}
