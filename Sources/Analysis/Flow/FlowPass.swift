import Dataset
import Diagnostics
import Network
import Relevance
import Run
import Tensors

/// Relevance of targets in one layer (units, or the classes at the logits), read at layers before it, over each target's images.
///
/// Every target is looked at by itself, so that results do not depend on which others there are.
struct FlowPass: Sendable {
    struct Target: Sendable {
        /// A channel of the layer, or a class.
        let unit: Int
        let references: [Reference]
    }

    /// What one image gave.
    struct Image: Sendable {
        /// Relevance at the target.
        var started: Double
        /// By layer, then unit: relevance summed over positions.
        var sums: [[Float]]
        /// By layer, then unit: where relevance is largest, `row * width + column`.
        var positions: [[Int32]]
    }

    let layer: String
    /// Where relevance is read.
    let layers: [String]
    let targets: [Target]
    private let images: RealImages
    private let plan: Plan
    private let shapes: [Shape]
    private let ownShape: Shape

    init(
        from layer: String, to layers: [String], targets: [Target], network: ImageNetwork, images: RealImages, composite: Composite,
        algorithms: AlgorithmChoices?
    ) throws {
        self.layer = layer
        self.layers = layers
        self.targets = targets
        self.images = images
        let flow = try RelevanceFlow(composite, on: network, from: layer, to: layers)
        plan = try Plan(
            flow.graph,
            .init(
                batch: MicroBatch.size(for: network.input.shape), input: network.input.shape, activations: layers + [layer], threads: 1,
                algorithms: algorithms, flow: flow.request(from: layer, to: layers)))
        shapes = try layers.map { [plan] in try plan.shape(of: $0) }
        ownShape = try plan.shape(of: layer)
    }

    /// Channels of each layer.
    var units: [Int] { shapes.map { $0[0] } }

    /// Looks at the targets from `position` on and hands what each one's images gave to `deliver`, in order.
    func run(from position: Int, threads: Int, deliver: @escaping @Sendable (_ target: Int, [Image]) throws -> Void) throws {
        try OrderedWork.run(position..<targets.count, threads: threads) {
            try Workspace(plan)
        } piece: { workspace, number in
            try look(at: targets[number], workspace)
        } deliver: { number, images in
            try deliver(number, images)
        }
    }

    private func look(at target: Target, _ workspace: Workspace) throws -> [Image] {
        let batch = plan.request.batch, size = plan.request.input.count
        let start = RelevanceStart.map(unit: target.unit)
        let stride = Layout.blocked.count(batch: 1, ownShape)
        var result: [Image] = []
        for begin in Swift.stride(from: 0, to: target.references.count, by: batch) {
            let part = target.references[begin..<min(begin + batch, target.references.count)]
            for (slot, reference) in part.enumerated() { try images.write(reference, into: workspace.input + slot * size) }
            try workspace.forward()
            let map = try workspace.activation(of: layer), seed = try workspace.flowSeed(at: layer)
            var started: [Double] = []
            for slot in 0..<batch {
                let own = seed + slot * stride
                if slot < part.count {
                    start.write(map + slot * stride, shape: ownShape, quantity: .relevance, into: own)
                    started.append((0..<stride).reduce(0.0) { $0 + Double(own[$1]) })
                } else {
                    own.update(repeating: 0, count: stride)
                }
            }
            try workspace.flow()
            for slot in 0..<part.count {
                var image = Image(started: started[slot], sums: [], positions: [])
                for (index, name) in layers.enumerated() {
                    let (sums, positions) = Self.channels(try workspace.flow(to: name), slot: slot, shape: shapes[index])
                    image.sums.append(sums)
                    image.positions.append(positions)
                }
                result.append(image)
            }
        }
        return result
    }

    /// Every channel's sum over positions, and where it is largest, of image `slot` of a blocked map.
    static func channels(_ map: UnsafePointer<Float>, slot: Int, shape: Shape) -> (sums: [Float], positions: [Int32]) {
        let area = shape[1] * shape[2], blocks = Layout.blocks(shape[0])
        let lanes = UnsafeRawPointer(map + slot * blocks * area * 16).assumingMemoryBound(to: SIMD16<Float>.self)
        var sums = [Float](repeating: 0, count: shape[0]), positions = [Int32](repeating: 0, count: shape[0])
        for block in 0..<blocks {
            var sum = SIMD16<Double>.zero, largest = SIMD16<Float>(repeating: -.infinity), place = SIMD16<Int32>.zero
            for position in 0..<area {
                let value = lanes[block * area + position]
                sum += SIMD16<Double>(value)
                let isLarger = value .> largest
                largest.replace(with: value, where: isLarger)
                place.replace(with: SIMD16(repeating: Int32(truncatingIfNeeded: position)), where: isLarger)
            }
            for lane in 0..<min(16, shape[0] - block * 16) {
                sums[block * 16 + lane] = Float(sum[lane])
                positions[block * 16 + lane] = place[lane]
            }
        }
        return (sums, positions)
    }
}
