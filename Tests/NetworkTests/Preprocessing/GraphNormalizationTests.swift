import Tensors
import Testing

@testable import Network

@Suite struct GraphNormalizationTests {
    typealias Input = ImageNetwork.Input
    private static let mean: [Float] = [0.485, 0.456, 0.406], deviation: [Float] = [0.229, 0.224, 0.225]

    /// What a graph says whose image passes `steps` before its first convolution; 8 x 8 pixels.
    private func stated(_ steps: [any Operation], channels: Int = 3, shortcut: Bool = false) -> Input.Stated? {
        var graph = Graph()
        var x = 0
        for (number, step) in steps.enumerated() { x = graph.add("step\(number)", step, inputs: [x]) }
        let y = graph.add(
            "stem", Convolution(weights: Tensor(zeros: [4, channels, 1, 1]), bias: nil, padding: .symmetric(0)), inputs: [x])
        if shortcut { graph.add("other", Convolution(weights: Tensor(zeros: [4, channels, 1, 1]), bias: nil, padding: .symmetric(0)), inputs: [0]) }
        graph.add("end", Rectifier(.relu), inputs: [y])
        let input = Input(resize: nil, size: [8, 8]).adapted(toChannels: channels)
        return GraphNormalization(graph, input: input)?.stated
    }

    private func scaled(_ scale: Float, _ shift: Float) -> any Operation { Pointwise(.affine(scale: scale, shift: shift)) }

    private func normalised(_ mean: [Float] = mean, _ deviation: [Float] = deviation, axis: Int = 0) -> [any Operation] {
        [
            Affine(scale: [1, 1, 1], shift: mean.map { -$0 }, axis: axis),
            Affine(scale: deviation.map { 1 / $0 }, shift: [0, 0, 0], axis: axis),
        ]
    }

    @Test func meansAndDeviations() {
        let found = stated(normalised())
        #expect(found?.valueRange == [0, 1])
        #expect(found?.mean == [0])
        #expect(found?.standardDeviation == [1])
        #expect(found?.channelOrder == .rgb)
        #expect(found?.source == .graph)
    }

    @Test func bytes() {
        #expect(stated([scaled(1 / 255, 0)])?.valueRange == [0, 255])
        #expect(stated([scaled(1 / 255, 0)] + normalised())?.valueRange == [0, 255])
        #expect(stated([scaled(1 / 127.5, -1)])?.valueRange == [0, 255])
        // Caffe's: the mean is taken off, blue first.
        let caffe = stated([Affine(scale: [1, 1, 1], shift: [-103.939, -116.779, -123.68], axis: 0)])
        #expect(caffe?.valueRange == [0, 255])
        #expect(caffe?.channelOrder == .bgr)
    }

    @Test func fromMinusOne() {
        #expect(stated([scaled(0.5, 0.5)] + normalised())?.valueRange == [-1, 1])
        #expect(stated([scaled(0.5, 0.5)])?.valueRange == [-1, 1])
    }

    @Test func channelsLast() {
        let turned: [any Operation] = [Rearrangement(.transpose([1, 2, 0]))] + normalised(axis: 2) + [Rearrangement(.transpose([2, 0, 1]))]
        #expect(stated(turned)?.valueRange == [0, 1])
        #expect(stated(turned)?.channelOrder == .rgb)
    }

    @Test func channelsTurnedAround() {
        let turn: any Operation = Rearrangement(.gather(axis: 0, indices: [2, 1, 0]))
        // Behind the turn stand red's mean first: the image comes with blue first.
        #expect(stated([turn] + normalised())?.channelOrder == .bgr)
        #expect(stated([turn] + normalised(Self.mean.reversed(), Self.deviation.reversed()))?.channelOrder == .rgb)
        // A turn alone says nothing of what comes in.
        #expect(stated([turn]) == nil)
    }

    @Test func aFirstBatchNormalisation() {
        let norm = BatchNormalization(
            weight: [1, 1, 1], bias: [0, 0, 0], mean: [0.48, 0.45, 0.4], variance: [0.07, 0.07, 0.08], epsilon: 1e-3)
        #expect(stated([norm])?.valueRange == [0, 1])
    }

    @Test func grey() {
        #expect(stated([scaled(1 / 255, 0)], channels: 1)?.valueRange == [0, 255])
        #expect(stated([scaled(1, -0.1307), scaled(1 / 0.3081, 0)], channels: 1)?.valueRange == [0, 1])
    }

    @Test func whatDoesNotPlainlyNormaliseSaysNothing() {
        #expect(stated([]) == nil)
        // Inception's change from ImageNet's normalisation to its own.
        let change = zip(Self.mean, Self.deviation)
        #expect(stated([Affine(scale: change.map { $1 / 0.5 }, shift: change.map { ($0.0 - 0.5) / 0.5 }, axis: 0)]) == nil)
        #expect(stated([scaled(1.1, 0.05)]) == nil)
        #expect(stated([Rectifier(.relu)] + normalised()) == nil)
        // The image is taken as it is, too.
        #expect(stated(normalised(), shortcut: true) == nil)
    }
}
