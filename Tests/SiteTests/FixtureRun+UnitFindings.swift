import Run

/// What a run says of the units of a layer beside their statistics.
extension FixtureRun {
    /// The last unit is dead: it has no images of its range, and goes with none. Units 0 and 1 are redundant.
    func writeUnitFindings(of layer: String, to run: RunFolder) throws {
        let isFirst = layer == layerNames.first
        try run.write(
            LayerRange(
                layer: layer, sample: isFirst ? 120 : 60, images: 120,
                units: (0..<units).map { unit in
                    .init(
                        unit: unit,
                        quantiles: unit == units - 1
                            ? []
                            : (0..<9).map { place in
                                .init(
                                    exemplar: .init(
                                        image: (place + unit) % imageCount, activation: 0.125 + Float(place) / 4, position: [1, 2],
                                        window: [0, 3, 11, 14]), share: Float(place) / 9)
                            })
                }), to: .range(layer: layer))
        try run.write(
            LayerSimilarity(
                layer: layer, images: 120,
                units: (0..<units).map { unit in
                    guard unit < units - 1 else { return .init(unit: unit, similar: [], opposite: [], place: nil) }
                    return .init(
                        unit: unit, similar: unit < 2 ? [.init(unit: 1 - unit, correlation: 0.94)] : [.init(unit: 0, correlation: 0.25)],
                        opposite: [.init(unit: (unit + 2) % (units - 1), correlation: -0.5)],
                        place: [Float(unit % 17), Float(unit / 17) + Float(unit % 3)])
                }, redundant: .init(threshold: 0.9, count: 1, pairs: [.init(units: [0, 1], correlation: 0.94)])),
            to: .similarity(layer: layer))
        try run.write(
            PathSimilarity(
                entries: unitsWithPrototypes.map { unit in
                    .init(
                        target: .unit(layer: layer, unit: unit), images: (0..<8).map { Reference(image: $0) }, areReferences: unit == 0, otherImages: unit == 1 ? 0 : 64,
                        points: pathPoints(at: layer, others: unit == 1 ? nil : -0.125))
                }), to: .paths(layer: layer))
        if isFirst { try writeFacets(of: layer, to: run) }
        guard let place = layerNames.firstIndex(of: layer) else { return }
        let upstream = place > 0 ? layerNames[place - 1] : nil, downstream = place + 1 < layerNames.count ? layerNames[place + 1] : nil
        try run.write(
            LayerFlow(
                layer: layer, composite: "vital", upstream: upstream,
                units: (0..<units).map { unit in
                    .init(
                        unit: unit,
                        source: upstream.map {
                            .init(
                                layer: $0, images: 8, arrived: 0.75, residual: 0.25,
                                units: [.init(index: 2, share: 0.5), .init(index: 1, share: -0.125)])
                        }, downstream: downstream.map { [.init(layer: $0, unit: 1, share: 0.375)] } ?? [],
                        classes: [.init(index: 3, share: 0.0625)],
                        relevantImages: [
                            .init(exemplar: .init(image: 3, activation: 0.3125, position: [0, 0], window: [0, 0, 9, 9]), classIndex: 3),
                            .init(exemplar: .init(image: 4, activation: 0.25, position: [0, 0], window: [0, 0, 9, 9]), classIndex: 2),
                        ])
                }), to: .flow(layer: layer))
    }

    /// The first unit has two facets, the second's references are one cluster, the third has too few of them.
    private func writeFacets(of layer: String, to run: RunFolder) throws {
        let test = LayerFacets.Test(
            clusters: 2, silhouette: 0.5, nullMean: 0.125, nullLargest: 0.25, explained: 0.625, nullExplained: 0.25, draws: 99, reached: 0)
        var other = test
        (other.silhouette, other.reached) = (0.15625, 30)
        let facets = (0..<2).map { facet in
            LayerFacets.Facet(references: [.init(image: facet, window: [0, 4, 8, 12]), .init(image: 2 + facet)], others: [], centre: [0.5, 0.5])
        }
        try run.write(
            LayerFacets(
                layer: layer,
                units: [
                    .init(unit: 0, references: 48, test: test, facets: facets), .init(unit: 1, references: 48, test: other, facets: []),
                    .init(unit: 2, references: 4, test: nil, facets: []),
                ]), to: .facets(layer: layer))
        try run.write(
            FacetLikeness(
                units: [.init(unit: 0, prototype: [0.25, 0.5], facets: [[0.75, 0.25], [0.375, 0.3125]], references: [[0.625, 0.0625], [0.0625, 0.875]])]),
            to: .facetLikeness(layer: layer))
        for index in 0..<2 { try write(.facet(layer: layer, unit: 0, index: index), seed: 400 + index, to: run) }
    }

    /// The last layer's channels cannot be ranked.
    private func pathPoints(at layer: String, others: Float?) -> [PathSimilarity.Point] {
        [
            .init(layer: "conv1", prototype: 0.9375, real: 0.875, realRange: [0.75, 0.9375], others: others.map { $0 + 0.75 }),
            .init(layer: layer, prototype: 0.25, real: 0.5, realRange: [0.375, 0.625], others: others),
            .init(layer: "fc<1>", prototype: nil, real: nil, realRange: nil, others: nil),
        ]
    }

    func writeClassFlow(to run: RunFolder) throws {
        try run.write(
            PathSimilarity(
                entries: [
                    .init(
                        target: .classOutput(index: 3), images: (0..<8).map { Reference(image: $0) }, areReferences: false, otherImages: 40,
                        points: pathPoints(at: layerNames[0], others: 0.125))
                ]), to: .classPaths)
        try run.write(
            ClassFlow(
                composite: "vital",
                classes: [
                    .init(
                        index: 3,
                        layers: layerNames.map {
                            .init(layer: $0, images: 20, arrived: 1.001, residual: 0.001, units: [.init(index: 4, share: 0.5625), .init(index: 0, share: 0.25)])
                        })
                ]), to: .classFlow)
    }
}
