public import Network

extension Composite {
    /// What a reader should know where rules may meet other weights than the checkpoint's: true of a graph read from a file whose
    /// convolutions all carry biases, when the composite does not fold batch normalisation itself. Exporters fold it into the weights unless
    /// told not to, and turn the sign of a channel's weights where its scale is negative, which rules that go by sign see. Nil otherwise.
    public func foldingRemark(on network: ImageNetwork) -> String? {
        guard isRelevance, !foldsBatchNormalization, network.architecture == "onnx" else { return nil }
        let operations = network.graph.nodes.map(\.operation)
        let convolutions = operations.compactMap { $0 as? Convolution }.filter(\.isLearned)
        guard convolutions.count >= 3, convolutions.allSatisfy({ $0.bias != nil }) else { return nil }
        guard !operations.contains(where: { $0.role == .normalization }) else { return nil }
        return "All \(convolutions.count) convolutions carry biases, as where an exporter folded batch normalisation into them. "
            + "If it did, “\(name)” goes by the signs of other weights here than in the checkpoint, and relevance differs by some per cent. "
            + "Composites that fold it themselves, such as epsilon-plus, give the same either way; so does a file that keeps it "
            + "(torch.onnx.export with training=TrainingMode.PRESERVE and do_constant_folding=False)"
    }
}
