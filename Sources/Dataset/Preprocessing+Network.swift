import Diagnostics
public import Images
public import Network

extension Preprocessing {
    /// What `input` asks for.
    /// - Throws: A usage `Problem` where no picture becomes such an input.
    public init(_ input: ImageNetwork.Input) throws {
        let order: ChannelOrder
        switch input.channelOrder {
        case .rgb: order = .rgb
        case .bgr: order = .bgr
        case .grey: order = .grey
        case .other:
            throw Problem(
                "The network takes images of \(input.channels) channels, and pictures have three colours, or are grey",
                remedy: "Give `vitrine trace` tensors (.npy or .safetensors) of N x \(input.channels) x \(input.size[0]) x \(input.size[1]).",
                kind: .usage)
        }
        let resizing: Resizing =
            switch input.resizing {
            case .exact: .exact
            case .shorterSide(let side): .shorterSide(side)
            case .stretched(let sides): .stretched(height: sides[0], width: sides[1])
            case .covering(let sides): .covering(height: sides[0], width: sides[1])
            }
        try self.init(
            resizing: resizing, interpolation: Resampling(rawValue: input.interpolation.rawValue) ?? .bilinear, cropHeight: input.size[0],
            cropWidth: input.size[1], centresDown: input.centring == .down, order: order,
            valueRange: input.valueRange[0]...input.valueRange[1], mean: input.mean, standardDeviation: input.standardDeviation)
    }
}
