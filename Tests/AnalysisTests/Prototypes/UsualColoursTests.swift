import Dataset
import Images
import Network
import Tensors
import Testing

@testable import Analysis

@Suite struct UsualColoursTests {
    /// The network with its input told otherwise.
    private func network(_ text: String) throws -> ImageNetwork {
        try Architectures.random("cifar_resnet20", seed: 5).told([.init(.told, text: text, name: "text")])
    }

    /// The logits of a picture that is prepared for `network`.
    private func logits(_ network: ImageNetwork, _ picture: Picture) throws -> [Float] {
        let workspace = try Workspace(Plan(network.graph, .init(batch: 1, input: network.input.shape, activations: [network.logits])))
        try Preprocessing(network.input).tensorValues(of: picture, into: workspace.input)
        try workspace.forward()
        return try workspace.activationTensor(of: network.logits).values
    }

    @Test func usualNetworksStay() throws {
        let network = try Architectures.random("cifar_resnet20", seed: 5)
        #expect(network.inUsualColours().input == network.input)
        #expect(network.inUsualColours().graph.nodes.count == network.graph.nodes.count)
    }

    @Test("the same picture makes the same logits", arguments: [
        "value-range=0,255 mean=0 std=1", "channel-order=BGR value-range=0,255 mean=103.939,116.779,123.68 std=1", "mean=0 std=1",
        "channel-order=BGR mean=0.4,0.45,0.48 std=0.2,0.22,0.24", "value-range=-1,1 mean=0 std=1",
    ])
    func unchanged(text: String) throws {
        var random = RandomSource(seed: 3, stream: "picture")
        let picture = Picture(width: 32, height: 32, pixels: (0..<32 * 32 * 3).map { _ in UInt8(random.integer(in: 0...255)) })
        let network = try network(text), usual = network.inUsualColours()
        #expect(usual.input.channelOrder == .rgb)
        #expect(usual.input.unitDeviation.allSatisfy { (0.1...0.6).contains($0) })
        let (own, same) = (try logits(network, picture), try logits(usual, picture))
        let largest = own.map(abs).max() ?? 0
        for (a, b) in zip(own, same) { #expect(abs(a - b) <= 1e-4 * largest) }
    }
}
