import Images
import Network

extension Preprocessing {
    /// What `input` asks for.
    init(_ input: ImageNetwork.Input) throws {
        try self.init(
            resize: input.resize, interpolation: input.interpolation == .bicubic ? .bicubic : .bilinear,
            cropHeight: input.size[0], cropWidth: input.size[1], mean: input.mean, standardDeviation: input.standardDeviation)
    }
}
