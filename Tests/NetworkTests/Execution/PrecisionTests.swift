import Tensors
import TestSupport
import Testing

@testable import Network

struct PrecisionTests {
    private static let layers = ["conv1", "layer2", "layer4", "fc"]

    private static func run(_ precision: Precision) throws -> (activations: [Tensor], gradient: Tensor) {
        let network = try Architectures.random("resnet18", seed: 3)
        let plan = try Plan(
            network.graph,
            .init(
                batch: 2, input: [3, 64, 64], activations: layers, seeds: ["layer2"], gradients: [Graph.inputName], precision: precision))
        let workspace = try Workspace(plan)
        workspace.poison()
        workspace.write(FormulaTensors.images([2, 3, 64, 64]))
        try workspace.forward()
        var seed = NaiveMap(batch: 2, try plan.shape(of: "layer2"))
        var random = RandomSource(seed: 5, stream: "seed")
        for i in seed.values.indices { seed.values[i] = Double(random.normal()) }
        try workspace.writeSeed(seed, at: "layer2")
        try workspace.backward()
        return (try layers.map { try workspace.activationTensor(of: $0) }, try workspace.gradientTensor(of: Graph.inputName))
    }

    private static func distance(_ a: Tensor, _ b: Tensor) -> Double {
        let difference = zip(a.values, b.values).reduce(0.0) { $0 + Double($1.0 - $1.1) * Double($1.0 - $1.1) }
        return (difference / b.values.reduce(0.0) { $0 + Double($1) * Double($1) }).squareRoot()
    }

    @Test(.enabled(if: Precision.bfloat16.isSupported, "this processor multiplies no bfloat16"))
    func bfloat16StaysNearFloat32() throws {
        let exact = try Self.run(.float32), rounded = try Self.run(.bfloat16)
        // Eight significant bits round to 2e-3; the image itself is read in float32.
        #expect(Self.distance(rounded.activations[0], exact.activations[0]) < 1e-6)
        for (layer, (a, b)) in zip(Self.layers, zip(rounded.activations, exact.activations)).dropFirst() {
            let distance = Self.distance(a, b)
            #expect(distance > 1e-5 && distance < 2e-2, "\(layer): \(distance)")
        }
        // Units at their kink flip.
        let distance = Self.distance(rounded.gradient, exact.gradient)
        #expect(distance > 1e-5 && distance < 0.15, "\(distance)")
        // The same bits every time.
        #expect(try Self.run(.bfloat16).gradient == rounded.gradient)
    }

    @Test func float32IsAlwaysThere() { #expect(Precision.float32.isSupported) }
}
