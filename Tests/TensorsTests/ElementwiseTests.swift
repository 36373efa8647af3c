import Testing

@testable import Tensors

struct ElementwiseTests {
    /// Aligned buffers of 32 values.
    private static func buffer(_ value: (Int) -> Float) throws -> AlignedBuffer {
        let buffer = try AlignedBuffer(bytes: 128)
        for i in 0..<32 { buffer.floats()[i] = value(i) }
        return buffer
    }

    private static func values(_ buffer: AlignedBuffer) -> [Float] { (0..<32).map { buffer.floats()[$0] } }

    @Test(arguments: 1...4)
    func sumsOfAnyNumberAlsoIntoOneOfThem(_ count: Int) throws {
        let sources = try (0..<count).map { source in try Self.buffer { Float(($0 * 7 + source * 3) % 11) - 5 } }
        let expected = (0..<32).map { i in sources.reduce(Float(0)) { $0 + $1.floats()[i] } }
        let target = try Self.buffer { _ in .nan }
        Elementwise.sum(sources.map { $0.floats() }, into: target.floats(), count: 32)
        #expect(Self.values(target) == expected)
        Elementwise.sum(sources.map { $0.floats() }, into: sources[0].floats(), count: 32)
        #expect(Self.values(sources[0]) == expected)
    }

    @Test(arguments: 1...3)
    func gradientsPassWhereTheActivationHasSlope(_ count: Int) throws {
        for activation in [Activation.relu, .clipped(upper: 6)] {
            let results = try Self.buffer { [0, 0.5, 6, 5.9, -0.0, 7][$0 % 6] }
            let sources = try (0..<count).map { source in try Self.buffer { Float($0 + 1) * Float(source + 1) } }
            let expected = (0..<32).map { i in
                activation.derivative(atResult: results.floats()[i]) * sources.reduce(Float(0)) { $0 + $1.floats()[i] }
            }
            // Into one of the gradients, as plans do where it is not needed again.
            Elementwise.sumThroughActivation(
                sources.map { $0.floats() }, results: results.floats(), activation, into: sources[count - 1].floats(), count: 32)
            #expect(Self.values(sources[count - 1]) == expected)
        }
    }

    @Test func brokenNumbersStayVisible() throws {
        for activation in [Activation.relu, .clipped(upper: 6)] {
            let values = try Self.buffer { $0 == 3 ? .nan : Float($0) - 8 }
            Elementwise.apply(activation, to: values.floats(), count: 32)
            for i in 0..<32 where i != 3 { #expect(values.floats()[i] == activation(Float(i) - 8)) }
            #expect(values.floats()[3].isNaN)
        }
    }

    @Test func derivativesAreZeroAtTheKinks() {
        #expect(Activation.relu.derivative(atResult: 0) == 0 && Activation.relu.derivative(atResult: 1) == 1)
        let clipped = Activation.clipped(upper: 6)
        #expect([0, 3, 6].map(clipped.derivative(atResult:)) == [0, 1, 0])
        #expect([-1, 3, 9].map { clipped($0) } == [0, 3, 6])
    }
}
