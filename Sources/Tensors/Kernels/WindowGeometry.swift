/// How a window (a convolution's kernel, a pool) moves over a feature map, with everything resolved to numbers.
public struct WindowGeometry: Sendable, Hashable {
    public var batch: Int
    /// C x H x W of one input map and of one output map.
    public var input: Shape
    public var output: Shape
    /// Height and width, here and below.
    public var kernel: [Int]
    public var stride: [Int]
    /// 1 is a dense kernel.
    public var dilation: [Int]
    /// Rows above and columns to the left that count as zero.
    public var paddingLow: [Int]
    /// Rows below and columns to the right that count as zero.
    public var paddingHigh: [Int]
    public var groups: Int

    public init(
        batch: Int, input: Shape, output: Shape, kernel: [Int], stride: [Int], dilation: [Int] = [1, 1],
        paddingLow: [Int], paddingHigh: [Int], groups: Int = 1
    ) {
        self.batch = batch
        self.input = input
        self.output = output
        self.kernel = kernel
        self.stride = stride
        self.dilation = dilation
        self.paddingLow = paddingLow
        self.paddingHigh = paddingHigh
        self.groups = groups
    }
}
