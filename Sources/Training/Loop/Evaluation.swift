public import Diagnostics
public import Network
public import Tensors

/// How many labelled images a network gets right, batch normalisation going by its running statistics.
public enum Evaluation {
    /// Images at once.
    private static let batchSize = 64

    /// The share of `pictures` whose label is the largest of the logits of `graph`, a graph of `network`.
    public static func accuracy(
        of graph: Graph, _ network: ImageNetwork, on pictures: LabelledPictures, threads: Int, algorithms: AlgorithmChoices? = nil,
        progress: any ProgressReport = SilentProgress()
    ) throws -> Double {
        let size = min(batchSize, pictures.count)
        let plan = try Plan(
            graph, .init(batch: size, input: network.input.shape, activations: [network.logits], threads: threads, algorithms: algorithms))
        let workspace = try Workspace(plan)
        let queue = try BatchOrder(inOrder: pictures, batchSize: size).queue(epoch: 0)
        var correct = 0, done = 0
        while let batch = try queue.next() {
            // What an earlier batch left behind the last image of a smaller one is computed again, and not looked at.
            workspace.input.update(from: batch.images, count: batch.count * network.input.shape.count)
            try workspace.forward()
            correct += batch.correct(batch.answers(try workspace.activation(of: network.logits), classes: network.classCount))
            done += batch.count
            progress.update(done)
        }
        return Double(correct) / Double(done)
    }
}

extension Batch {
    /// The class that every image is given: the place of the largest of its logits, N x ceil(classes / 16) x 16; of several largest the
    /// first.
    func answers(_ logits: UnsafePointer<Float>, classes: Int) -> [Int] {
        let stride = Layout.blocks(classes) * Layout.block
        return labels.indices.map { image in
            let row = UnsafeBufferPointer(start: logits + image * stride, count: classes)
            var best = 0
            for place in 1..<max(1, classes) where row[place] > row[best] { best = place }
            return best
        }
    }

    /// How many of such answers are the images' labels.
    func correct(_ answers: [Int]) -> Int { zip(answers, labels).count { $0 == $1 } }
}
