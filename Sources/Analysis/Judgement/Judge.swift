public import Network
public import Run

/// A second network, which looks at what the run's network made.
public struct Judge: Sendable {
    public let network: ImageNetwork
    public let description: Comparison.Network

    public init(network: ImageNetwork, description: Comparison.Network) {
        self.network = network
        self.description = description
    }
}
