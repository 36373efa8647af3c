import Diagnostics
import Tensors

extension ResNet {
    /// How deep and wide a network is.
    struct Sizes: Equatable {
        /// Blocks of each stage.
        var blocks: [Int]
        /// Channels behind the first convolution.
        var stem: Int
        /// Channels that each stage makes, and those of its blocks' inner convolutions.
        var outputs: [Int]
        var widths: [Int]
        var groups: Int
        var isBottleneck: Bool

        /// 10 layers of half the usual width.
        static let least = Sizes(
            blocks: [1, 1, 1, 1], stem: 32, outputs: [32, 64, 128, 256], widths: [32, 64, 128, 256], groups: 1, isBottleneck: false)

        /// As tensors of torchvision's names have them; nil where those are of no residual network.
        init?(_ parameters: Parameters) {
            func extents(_ name: String) -> [Int]? {
                guard let shape = parameters.shape(of: "\(name).weight"), shape.rank == 4, shape.dimensions.allSatisfy({ (1...1 << 16).contains($0) })
                else { return nil }
                return shape.dimensions
            }
            guard let first = extents("conv1"), let inner = extents("layer1.0.conv2") else { return nil }
            let isBottleneck = parameters.has("layer1.0.conv3.weight")
            self.init(blocks: [], stem: first[0], outputs: [], widths: [], groups: max(1, inner[0] / inner[1]), isBottleneck: isBottleneck)
            while blocks.count < 16, let width = extents("layer\(blocks.count + 1).0.conv1")?[0],
                let output = extents("layer\(blocks.count + 1).0.\(isBottleneck ? "conv3" : "conv2")")?[0]
            {
                var count = 1
                while parameters.has("layer\(blocks.count + 1).\(count).conv1.weight") { count += 1 }
                blocks.append(count)
                outputs.append(output)
                widths.append(width)
            }
        }

        init(blocks: [Int], stem: Int, outputs: [Int], widths: [Int], groups: Int, isBottleneck: Bool) {
            (self.blocks, self.stem, self.outputs, self.widths) = (blocks, stem, outputs, widths)
            (self.groups, self.isBottleneck) = (groups, isBottleneck)
        }

        /// Such as `1-1-1-1 blocks of 32, 64, 128, 256 channels`.
        var words: String {
            "\(blocks.map(String.init).joined(separator: "-")) blocks of \(outputs.map(String.init).joined(separator: ", ")) channels"
        }
    }

    /// Those that the network's number stands for.
    var listedSizes: Sizes {
        let stages = blocks.indices
        return Sizes(
            blocks: blocks, stem: 64, outputs: stages.map { (isBottleneck ? 256 : 64) << $0 }, widths: stages.map { groups * groupWidth << $0 },
            groups: groups, isBottleneck: isBottleneck)
    }

    /// The sizes that the network has with these parameters.
    /// - Throws: A `Problem` where they are to be read and are those of a network with a name of its own.
    func sizes(_ parameters: Parameters) throws -> Sizes {
        guard readsSizes else { return listedSizes }
        guard !parameters.isFree else { return .least }
        guard let sizes = Sizes(parameters), !Self.all.contains(where: { !$0.readsSizes && $0.listedSizes == sizes }) else {
            throw Problem(
                "The checkpoint is no \(name)", explanation: "Its tensors are those of a network with a name of its own, or of no residual network.",
                remedy: "Leave --architecture out to have it recognised.")
        }
        return sizes
    }
}
