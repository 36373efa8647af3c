import Diagnostics

extension ONNXModel {
    /// The network in the model. `size` is height and width where the model leaves them open, `output` the output that has the scores of
    /// classes; nil chooses it, and says how in the network's remarks.
    /// - Throws: `Problem` that names the file, the node and what is wrong with it.
    func network(size: ONNXImport.Size, output: String?) throws -> ImageNetwork {
        do {
            return try sizedNetwork(size: size, output: output)
        } catch let problem as Problem {
            throw named(problem)
        } catch ONNXImport.Failure.ofNode(let problem) {
            throw named(problem)
        } catch ONNXImport.Failure.ofFile(let problem) {
            throw problem
        }
    }

    private func named(_ problem: Problem) -> Problem {
        Problem(
            "cannot import '\(path)': \(problem.summary)", explanation: problem.explanation, remedy: problem.remedy, kind: problem.kind)
    }

    // MARK: Open height and width

    /// Sides that images of classifiers usually have, those to try first in front.
    private static let usualSides = [
        224, 32, 256, 299, 384, 64, 128, 96, 160, 192, 240, 28, 48, 112, 227, 260, 288, 300, 320, 331, 336, 380, 448, 456, 480, 512, 518, 528, 600,
    ]

    /// At the size that is told, stated in the model or a file, that the graph resizes to, the first usual one that its layers fit, or one
    /// that goes by how far they shrink the image.
    private func sizedNetwork(size: ONNXImport.Size, output: String?) throws -> ImageNetwork {
        func attempt(_ sides: [Int]) -> ImageNetwork? {
            try? ONNXImport(self, size: sides, output: output).finished().network
        }
        func remarked(_ network: ImageNetwork, _ source: ImageNetwork.Input.Source, _ why: String) -> ImageNetwork {
            var network = network
            let sides = network.input.size.map(String.init).joined(separator: " x ")
            network.input.sources[.size] = source
            network.remarks.insert("The model leaves height and width open; \(sides) is taken, \(why). --input-size tells another", at: 0)
            return network
        }
        if case .told(let size) = size { return try ONNXImport(self, size: size, output: output).finished().network }
        let first = try ONNXImport(self, size: nil, output: output)
        if first.input.isFixed { return try first.finished().network }
        if case .stated(let stated) = size, let network = attempt(stated) { return network }
        do {
            let (work, network) = try first.finished()
            if let own = work.ownSize, let resized = attempt(own) {
                return remarked(resized, .graph, "to which the graph resizes images itself")
            }
            if work.isForSmallImages, let small = attempt([32, 32]) {
                return remarked(small, .assumed, "since its layers shrink an image as little as those for small images do")
            }
            return network
        } catch {
            for side in Self.usualSides where first.input.shape.dimensions[1...] != [side, side] {
                if let network = attempt([side, side]) { return remarked(network, .graph, "the first usual size that its layers fit") }
            }
            throw error
        }
    }
}

extension ONNXImport {
    /// What is known of height and width beside the graph.
    enum Size {
        case unknown
        /// A file says so, which may be of another network.
        case stated([Int])
        case told([Int])
    }

    /// The work done, and the network that it makes.
    fileprivate func finished() throws -> (work: ONNXImport, network: ImageNetwork) {
        var work = self
        try work.run()
        var made = ONNXNetwork(work)
        return (work, try made.network())
    }

    /// True for a network that begins without shrinking the image and shrinks it by no more than eight: for photographs its last maps would
    /// be of 28 x 28 and more.
    fileprivate var isForSmallImages: Bool {
        let maps = draft.nodes.compactMap { node in (node.operation as? Convolution).map { ($0, node.shape) } }
        guard let stem = maps.first, stem.0.stride == [1, 1], let last = maps.last(where: { $0.1.rank == 3 && $0.1[1] > 1 }) else {
            return false
        }
        return last.1[1] * 8 >= input.shape[1]
    }
}
