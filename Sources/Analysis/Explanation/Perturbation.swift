import Dataset
import Foundation
import Network
import Relevance
import Run
import Tensors

/// Deletion and insertion curves of heat maps (RISE: Petsiuk, Das and Saenko, *Randomized Input Sampling for Explanation of Black-box
/// Models*, BMVC 2018): how fast the probability of a class falls when pixels are taken away, the most important ones first, and how fast
/// it rises when they are put into a blurred picture.
///
/// As published, a pixel that is taken away is zero behind normalisation, and the blur one of 11 x 11 pixels, from a standard deviation of
/// 5, there. The same is done by the plain gradient (Simonyan et al. 2013: its magnitude, the largest of the colours) and by chance.
struct Perturbation: Sendable {
    /// Steps from the whole picture to nothing.
    static let steps = 32
    /// Random orders, of which the mean is told.
    static let draws = 3

    private let network: ImageNetwork
    private let gradient: Plan
    private let answers: Plan
    private static let composite = Composite.gradient

    init(_ network: ImageNetwork) throws {
        self.network = network
        let input = network.input.shape, flow = try RelevanceFlow(Self.composite, on: network, from: network.logits, to: [Graph.inputName])
        gradient = try Plan(
            flow.graph,
            .init(batch: 1, input: input, activations: [network.logits], threads: 1, flow: flow.request(from: network.logits, to: [Graph.inputName])))
        answers = try Plan(
            network.graph, .init(batch: MicroBatch.size(for: input), input: input, activations: [network.logits], threads: 1))
    }

    /// One thread's memory.
    struct Worker {
        let gradient: Workspace
        let answers: Workspace
    }

    func worker() throws -> Worker { Worker(gradient: try Workspace(gradient), answers: try Workspace(answers)) }

    /// The curves of `relevance`, of the gradient and of random maps, of class `index` on `image` (C x H x W, normalised). Random orders are
    /// those of `stream`.
    func curves(
        of relevance: HeatMap, on image: [Float], class index: Int, stream: String, _ worker: Worker
    ) throws -> Explanation.Curves {
        let size = network.input.size
        var random = RandomSource(seed: 0, stream: "perturbation/\(stream)")
        let chance = try (0..<Self.draws).map { _ in
            try curves(of: (0..<size[0] * size[1]).map { _ in random.uniform() }, on: image, class: index, worker.answers)
        }
        func mean(_ curve: (Curve) -> [Float]) -> [Float] {
            (0...Self.steps).map { step in chance.reduce(0) { $0 + curve($1)[step] } / Float(Self.draws) }
        }
        let own = try curves(of: relevance.enlarged(to: size), on: image, class: index, worker.answers)
        let plain = try curves(of: saliency(of: image, class: index, worker.gradient), on: image, class: index, worker.answers)
        return Explanation.Curves(
            steps: Self.steps, draws: Self.draws,
            maps: [
                .init(map: "relevance", deletion: own.deletion, insertion: own.insertion),
                .init(map: "gradient", deletion: plain.deletion, insertion: plain.insertion),
                .init(map: "random", deletion: mean(\.deletion), insertion: mean(\.insertion)),
            ])
    }

    typealias Curve = (deletion: [Float], insertion: [Float])

    /// By step, the probability of class `index` on `image` less the pixels that are largest in `map` (H x W; of equal ones the first), and
    /// on a blurred one with them.
    func curves(of map: [Float], on image: [Float], class index: Int, _ workspace: Workspace) throws -> Curve {
        let order = map.indices.sorted { map[$0] == map[$1] ? $0 < $1 : map[$0] > map[$1] }
        let blurred = Self.blurred(image, size: network.input.size)
        return (
            try probabilities(of: index, from: image, to: [Float](repeating: 0, count: image.count), order, workspace),
            try probabilities(of: index, from: blurred, to: image, order, workspace)
        )
    }

    private func probabilities(
        of index: Int, from first: [Float], to last: [Float], _ order: [Int], _ workspace: Workspace
    ) throws -> [Float] {
        let area = order.count, shape = try answers.shape(of: network.logits)
        var picture = first, done = 0, result: [Float] = []
        try workspace.forEachBatch(of: 0...Self.steps) { step, target in
            let end = area * step / Self.steps
            for pixel in order[done..<end] {
                for channel in 0..<picture.count / area { picture[channel * area + pixel] = last[channel * area + pixel] }
            }
            done = end
            target.update(from: picture, count: picture.count)
        } look: { part in
            let summary = LayerSummary(try workspace.activation(of: network.logits), images: part.count, shape: shape)
            for slot in 0..<part.count {
                let logits = Array(summary.maximum[slot * summary.units..<(slot + 1) * summary.units])
                let measured = PrototypeMeasurement(
                    target: .classOutput(index: index), strength: nil, logits: logits, scale: network.probabilityScale)
                result.append(measured.probability ?? 0)
            }
        }
        return result
    }

    /// The largest magnitude, over channels, of the derivative of the class's logit: H x W.
    private func saliency(of image: [Float], class index: Int, _ workspace: Workspace) throws -> [Float] {
        workspace.input.update(from: image, count: image.count)
        try workspace.forward()
        RelevanceStart.map(unit: index).write(
            try workspace.activation(of: network.logits), shape: try gradient.shape(of: network.logits), quantity: .gradient,
            into: try workspace.flowSeed(at: network.logits))
        try workspace.flow()
        let flow = try workspace.flowTensor(to: Graph.inputName), area = network.input.size[0] * network.input.size[1]
        return (0..<area).map { pixel in
            (0..<network.input.channels).reduce(0) { max($0, abs(flow.values[$1 * area + pixel])) }
        }
    }

    /// The blur, with nothing beyond the edges.
    static func blurred(_ image: [Float], size: [Int]) -> [Float] {
        let (height, width, reach) = (size[0], size[1], kernel.count / 2)
        var result = image, rows = image
        for channel in 0..<image.count / (height * width) {
            let base = channel * height * width
            for y in 0..<height {
                for x in 0..<width {
                    rows[base + y * width + x] = (max(0, x - reach)...min(width - 1, x + reach)).reduce(0) {
                        $0 + kernel[$1 - x + reach] * image[base + y * width + $1]
                    }
                }
            }
            for y in 0..<height {
                for x in 0..<width {
                    result[base + y * width + x] = (max(0, y - reach)...min(height - 1, y + reach)).reduce(0) {
                        $0 + kernel[$1 - y + reach] * rows[base + $1 * width + x]
                    }
                }
            }
        }
        return result
    }

    /// Along one axis: a single point in eleven, blurred and thrown back at the ends, which is how the authors' code makes its kernel. It is
    /// flatter than a Gaussian that is cut off.
    private static let kernel: [Float] = {
        let side = 11, deviation = 5.0, reach = 20
        let weights = (-reach...reach).map { exp(-Double($0 * $0) / (2 * deviation * deviation)) }, total = weights.reduce(0, +)
        return (0..<side).map { place in
            Float((-reach...reach).reduce(0.0) { sum, offset in
                let folded = (place + offset + 2 * side * reach) % (2 * side), from = folded < side ? folded : 2 * side - 1 - folded
                return from == side / 2 ? sum + weights[offset + reach] / total : sum
            })
        }
    }()
}

extension HeatMap {
    /// The values at every pixel of a picture of `size` (height, width), bilinear.
    func enlarged(to size: [Int]) -> [Float] {
        guard size != [height, width] else { return values }
        func places(_ count: Int, _ from: Int) -> [(low: Int, high: Int, share: Float)] {
            (0..<count).map { place in
                let at = min(max((Double(place) + 0.5) * Double(from) / Double(count) - 0.5, 0), Double(from - 1)), low = Int(at)
                return (low, min(low + 1, from - 1), Float(at - Double(low)))
            }
        }
        let rows = places(size[0], height), columns = places(size[1], width)
        return rows.flatMap { row in
            columns.map { column in
                func along(_ y: Int) -> Float {
                    values[y * width + column.low] * (1 - column.share) + values[y * width + column.high] * column.share
                }
                return along(row.low) * (1 - row.share) + along(row.high) * row.share
            }
        }
    }
}
