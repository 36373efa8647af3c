import Testing

@testable import Network

struct PaddingTests {
    /// As TensorFlow documents SAME: the output is `ceil(size / stride)`, the odd row below.
    @Test(arguments: [
        (size: 7, kernel: 3, stride: 2, dilation: 1, low: 1, high: 1),
        (size: 6, kernel: 3, stride: 2, dilation: 1, low: 0, high: 1),
        (size: 224, kernel: 3, stride: 2, dilation: 1, low: 0, high: 1),
        (size: 5, kernel: 5, stride: 2, dilation: 1, low: 2, high: 2),
        (size: 4, kernel: 5, stride: 2, dilation: 1, low: 1, high: 2),
        (size: 9, kernel: 3, stride: 1, dilation: 2, low: 2, high: 2),
        (size: 4, kernel: 1, stride: 2, dilation: 1, low: 0, high: 0),
        (size: 3, kernel: 2, stride: 1, dilation: 1, low: 0, high: 1),
    ])
    func sameIsUnevenBelow(size: Int, kernel: Int, stride: Int, dilation: Int, low: Int, high: Int) {
        let resolved = Padding.same.resolved(
            size: [size, 100], kernel: [kernel, 1], stride: [stride, 1], dilation: [dilation, 1])
        #expect(resolved.low == [low, 0] && resolved.high == [high, 0])
    }

    @Test func explicitPaddingStaysAsItIs() {
        let resolved = Padding.explicit(low: [0, 2], high: [3, 1]).resolved(
            size: [9, 9], kernel: [3, 3], stride: [2, 2], dilation: [1, 1])
        #expect(resolved.low == [0, 2] && resolved.high == [3, 1])
        #expect(Padding.symmetric(2) == .explicit(low: [2, 2], high: [2, 2]))
    }

    /// Sizes as PyTorch's `MaxPool2d(kernel, stride, padding, ceil_mode=True)` gives them.
    @Test(arguments: [
        (size: 7, kernel: 3, stride: 2, padding: 0, output: 3), (size: 8, kernel: 3, stride: 2, padding: 0, output: 4),
        (size: 54, kernel: 3, stride: 2, padding: 0, output: 27), (size: 10, kernel: 3, stride: 4, padding: 0, output: 3),
        (size: 8, kernel: 2, stride: 2, padding: 1, output: 5), (size: 7, kernel: 2, stride: 2, padding: 1, output: 4),
        (size: 9, kernel: 1, stride: 4, padding: 0, output: 3), (size: 8, kernel: 1, stride: 4, padding: 0, output: 2),
        (size: 2, kernel: 3, stride: 2, padding: 0, output: 1),
    ])
    func roundedUpCompletesTheLastWindow(size: Int, kernel: Int, stride: Int, padding: Int, output: Int) throws {
        let extents = try Padding.roundedUp(padding).outputExtents(
            size: [size, 100], kernel: [kernel, 1], stride: [stride, 1], dilation: [1, 1])
        #expect(extents[0] == output)
    }
}
