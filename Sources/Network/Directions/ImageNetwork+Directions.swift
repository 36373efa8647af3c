import Diagnostics
import Tensors

extension ImageNetwork {
    /// The network with `directions` as a branch behind their layer: a layer of its own, that nothing else in the network reads, and one of
    /// those that a report shows.
    ///
    /// - Throws: `Problem` when the layer's values are no channels at positions, or a name is taken.
    public func inserting(_ directions: Directions) throws -> ImageNetwork {
        let place = try place(of: directions)
        try checkFree(directions.nodeNames(as: directions.name))
        var result = self
        result.graph = try graph.inserting(behind: directions.layer) { graph, node in
            _ = directions.append(to: &graph, behind: node, place, as: directions.name)
            return node
        }
        let index = result.graph.index, own = index[directions.name] ?? 0
        result.reported.insert(directions.name, at: reported.firstIndex { index[$0] ?? 0 > own } ?? reported.count)
        _ = try result.graph.shapes(input: input.shape)
        return result
    }

    /// The network in which everything behind the directions' layer sees what their decoder makes of them in its place. The layer keeps its
    /// values; `latents` and `reconstruction` name what is made of them. There may be the branch of `inserting` besides.
    ///
    /// - Throws: `Problem` as `inserting` does, and when there is no decoder.
    public func reconstructing(by directions: Directions) throws -> (network: ImageNetwork, latents: String, reconstruction: String) {
        guard let decoder = directions.decoder else { throw Problem("\(directions.path) has no decoder to put \(directions.layer) together with") }
        let place = try place(of: directions)
        let latents = directions.name + ".latents", name = directions.name + ".reconstruction"
        try checkFree(directions.nodeNames(as: latents) + [name])
        var result = self
        result.graph = try graph.inserting(behind: directions.layer) { graph, node in
            let made = directions.append(to: &graph, behind: node, place, as: latents)
            return graph.add(name, place.product(decoder.weights, decoder.offsets), made)
        }
        _ = try result.graph.shapes(input: input.shape)
        return (result, latents, name)
    }

    /// How the layer's values lie; their channels are checked to be as many as the directions have.
    private func place(of directions: Directions) throws -> DirectionPlace {
        let node = try graph.node(named: directions.layer)
        let shapes = try graph.shapes(input: input.shape)
        let shape = shapes[node], axis = graph.channelAxes(shapes)[node]
        guard node > 0, shape.count > 0, axis == 0 && (shape.rank == 1 || shape.rank == 3) || axis == shape.rank - 1 else {
            throw Problem(
                "\(directions.layer) cannot have directions",
                explanation: node == 0
                    ? "It is the image itself." : "It is \(shape), whose channels are axis \(axis); C x H x W or tokens were expected.",
                remedy: "Name another layer with --directions-layer; `vitrine inspect` lists all layers.", kind: .usage)
        }
        guard shape[axis] == directions.channels else {
            throw Problem(
                "\(directions.path) has directions of \(directions.channels) channels, and \(directions.layer) has \(shape[axis])",
                remedy: "Name the layer they are of with --directions-layer.", kind: .usage)
        }
        return DirectionPlace(axis: axis, isMap: shape.rank == 3 && axis == 0)
    }

    private func checkFree(_ names: [String]) throws {
        guard let taken = names.first(where: { graph.index[$0] != nil }) else { return }
        throw Problem(
            "Directions would stand at \(taken), and the network has a layer of that name",
            remedy: "Call their layer by another of its names with --directions-layer; `vitrine inspect` lists them.", kind: .usage)
    }
}

/// How the values of a layer lie that has directions.
private struct DirectionPlace {
    /// Of the channels.
    let axis: Int
    /// True for C x H x W; rows of channels otherwise.
    let isMap: Bool

    /// `W x + b` at every position, none of it counted among what the network learned.
    func product(_ weights: Tensor, _ offsets: [Float]) -> any Operation {
        guard isMap else { return Linear(weights: weights, bias: offsets, parameterCount: 0) }
        var convolution = Convolution(
            weights: weights.reshaped(to: [weights.shape[0], weights.shape[1], 1, 1]), bias: offsets, padding: .symmetric(0))
        convolution.isLearned = false
        return convolution
    }
}

extension Directions {
    /// The nodes that `append` adds, the last one first.
    fileprivate func nodeNames(as name: String) -> [String] { activation == .none ? [name] : [name, name + ".scores"] }

    /// Adds the directions behind `node` and returns the node of their values, which is called `name`.
    fileprivate func append(to graph: inout Graph, behind node: Int, _ place: DirectionPlace, as name: String) -> Int {
        let rectifier: (any Operation)? =
            switch activation {
            case .none: nil
            case .relu: Rectifier(.relu)
            case .topK(let count): TopK(count, axis: place.axis)
            case .jump(let thresholds): JumpRectifier(thresholds: thresholds, axis: place.axis)
            }
        let product = place.product(weights, offsets)
        guard let rectifier else { return graph.add(name, product, node) }
        return graph.add(name, rectifier, graph.add(name + ".scores", product, node))
    }
}
