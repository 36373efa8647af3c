public import Tensors

/// Every channel smoothed by the outer product of 1/4, 1/2, 1/4 with itself, at every other position: reducing a map without aliasing
/// (Zhang 2019). What lies outside is up to whoever pads the input by one.
public struct BlurPooling: Operation {
    private let convolution: Convolution

    public init(channels: Int) {
        let row: [Float] = [0.25, 0.5, 0.25]
        let kernel = row.flatMap { factor in row.map { factor * $0 } }
        convolution = Convolution(
            weights: Tensor(shape: [channels, 1, 3, 3], values: (0..<channels).flatMap { _ in kernel }), bias: nil, stride: 2,
            padding: .symmetric(0), groups: channels)
    }

    public var role: OperationRole { .averaging }
    public var kind: String { "blur pooling 3 x 3, stride 2" }
    public var window: ReceptiveWindow { convolution.window }

    public func outputShape(for inputs: [Shape]) throws -> Shape { try convolution.outputShape(for: inputs) }

    public func layouts(for inputs: [Shape], offered: [Layout]) -> LayoutChoice { convolution.layouts(for: inputs, offered: offered) }

    public func operationCount(for inputs: [Shape], output: Shape) -> Int { convolution.operationCount(for: inputs, output: output) }

    public func prepare(_ preparation: Preparation) throws -> any Kernel { try convolution.prepare(preparation) }
}
