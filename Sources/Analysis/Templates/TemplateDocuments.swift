import Diagnostics
import Network
import Run
import Tensors

/// What a pass over the images found of the templates, as documents.
struct TemplateDocuments {
    let network: ImageNetwork
    let record: StudentRecord
    let sweep: TemplateSweep
    /// Images of `sweep`, and classes that they are told apart by.
    let images, classCount: Int
    let seed: UInt64
    let threads: Int

    /// Beyond so many templates only those with windows get neighbours.
    private static let comparedWithAll = 8192

    func layer(_ place: Int) throws -> TemplateLayer {
        let source = record.layers[place], description = source.description, tally = sweep.tallies[place]
        let shape = sweep.shapes[place], count = description.count
        let nodes = try network.graph.mapShapes(input: network.input.shape)
        let node = try network.graph.node(named: description.matches)
        let field = try network.graph.receptiveFields(input: network.input.shape)[node]
        let pictured = pictured(tally.uses)
        let vectors = SemanticVectors(description, in: network)
        let neighbours = try neighbours(vectors, pictured: pictured)
        let principal = try vectors?.principalComponents()
        let embedded = embedded(vectors, start: principal?.places, layer: description.name)
        let classUses = tally.classUses(atMost: 5), teacherClasses = tally.teacherClasses()
        let templates = (0..<count).map { index -> TemplateLayer.Template in
            let windows = pictured.contains(index) ? tally.peaks(of: index) : []
            return .init(
                index: index, owner: description.classes?[index], uses: Int(tally.uses[index]),
                teacherUses: tally.hasTeacher ? Int(tally.teacherUses[index]) : nil,
                agreed: tally.hasTeacher ? Int(tally.agreed[index]) : nil, classUses: classUses[index],
                teacherClass: tally.hasTeacher ? teacherClasses[index] : nil,
                windows: windows.map { peak in
                    let position = [peak.position / shape[2], peak.position % shape[2]]
                    return .init(
                        image: peak.image, activation: peak.value, position: position,
                        window: field.window(at: position, height: network.input.size[0], width: network.input.size[1]))
                }, neighbours: neighbours[index] ?? [], confusions: source.scoreMatrix.map { Self.confusions(of: index, in: $0) },
                principal: principal.map { Array($0.places[2 * index..<2 * index + 2]) },
                embedded: embedded.map { Array($0[2 * index..<2 * index + 2]) })
        }
        let origin = tally.hasTeacher ? source.teacher : nil
        return TemplateLayer(
            layer: description.name, behind: description.layer, kind: Self.kind(description), grid: [shape[1], shape[2]],
            channels: nodes[try network.graph.node(named: description.name)][0], alpha: description.alpha, images: images,
            positions: tally.positions(), classPositions: (0..<classCount).map { tally.positions(ofClass: $0) },
            teacher: origin.map {
                .init(layer: $0.layer ?? "", pooling: $0.pooling, discriminants: $0.projection == nil ? nil : $0.centres.shape[1])
            }, explainedVariance: principal?.shares, templates: templates)
    }

    private static func kind(_ description: TemplateDescription) -> TemplateLayer.Kind {
        switch description.kind {
        case .knowledgeDistillation: description.classes == nil ? .vocabulary : .subClasses
        case .templateBlock: description.classes == nil ? .freeTemplates : .classTemplates
        }
    }

    /// The templates of which windows are kept: those most used, of equals the lower number.
    private func pictured(_ uses: [Int64]) -> Set<Int> {
        guard uses.count > TemplateLayer.picturedTemplates else { return Set(uses.indices) }
        return Set(uses.indices.sorted { (uses[$1], $0) < (uses[$0], $1) }.prefix(TemplateLayer.picturedTemplates))
    }

    private func neighbours(_ vectors: SemanticVectors?, pictured: Set<Int>) throws -> [Int: [TemplateLayer.Neighbour]] {
        guard let vectors else { return [:] }
        let asked = vectors.count <= Self.comparedWithAll ? Array(0..<vectors.count) : pictured.sorted()
        return Dictionary(uniqueKeysWithValues: zip(asked, try vectors.neighbours(of: asked, atMost: 5, threads: threads)))
    }

    private func embedded(_ vectors: SemanticVectors?, start: [Float]?, layer: String) -> [Float]? {
        guard let vectors, (NeighbourEmbedding.fewest...NeighbourEmbedding.most).contains(vectors.count) else { return nil }
        var random = RandomSource(seed: seed, stream: "semantic vectors/\(layer)")
        return NeighbourEmbedding(of: vectors.values, count: vectors.count, start: start, random: &random).places
    }

    /// The largest entries of a row of the score matrix, zeros left out.
    private static func confusions(of index: Int, in matrix: Tensor) -> [TemplateLayer.Confusion] {
        let count = matrix.shape[1], row = Array(matrix.values[index * count..<(index + 1) * count])
        return Sweep.best(6, of: row).filter { row[$0] > 0 }.map { .init(template: $0, share: row[$0]) }
    }

    /// The maps of the pictured images, by class, then by number.
    func maps(_ place: Int, labels: [Int?]) -> TemplateMaps {
        let shape = sweep.shapes[place], area = shape[1] * shape[2], maps = sweep.maps[place]
        let hasTeacher = sweep.tallies[place].hasTeacher
        let order = sweep.pictured.enumerated().sorted { (labels[$0.element] ?? .max, $0.element) < (labels[$1.element] ?? .max, $1.element) }
        return TemplateMaps(
            layer: record.layers[place].description.name, grid: [shape[1], shape[2]], limit: Self.limit(of: maps.strengths),
            maps: order.map { number, image in
                let cells = number * area..<(number + 1) * area
                return .init(
                    image: image, student: maps.matches[cells].map { $0 < 0 ? nil : Int($0) }, strengths: Array(maps.strengths[cells]),
                    teacher: hasTeacher ? maps.assignments[cells].map { Int($0) } : nil,
                    teacherStrengths: hasTeacher ? Array(maps.shares[cells]) : nil)
            })
    }

    /// Nineteen of twenty strengths are below it: a few strong matches do not make all others faint.
    private static func limit(of strengths: [Float]) -> Float {
        let positive = strengths.filter { $0 > 0 && $0.isFinite }.sorted()
        return positive.isEmpty ? 1 : positive[min(positive.count - 1, positive.count * 19 / 20)]
    }

    /// The layer's score matrix; nil where there is none.
    func matrix(_ place: Int) -> ScoreMatrix? {
        guard let matrix = record.layers[place].scoreMatrix else { return nil }
        let count = matrix.shape[0]
        // As JSON, a large matrix is cut down to what can be seen.
        let smallest: Float = count > 1024 ? 0.001 : 0
        return ScoreMatrix(
            layer: record.layers[place].description.name, size: count, smallest: smallest,
            rows: (0..<count).map { row in
                let values = matrix.values[row * count..<(row + 1) * count].enumerated().filter { $0.element > 0 && $0.element >= smallest }
                return .init(templates: values.map(\.offset), shares: values.map(\.element))
            })
    }
}
