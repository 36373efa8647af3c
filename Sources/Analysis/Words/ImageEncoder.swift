import Dataset
import Images
import Network

/// Makes vectors of images that are compared with those of words.
struct ImageEncoder: Sendable {
    let width: Int
    let plan: Plan
    /// Images as the encoder sees them, prepared in its own way.
    private let reader: ImageReader
    private let preprocessing: Preprocessing
    private let output: String

    init(_ vocabulary: LabelStudy.Vocabulary, images: RealImages) throws {
        let network = vocabulary.encoder, preprocessing = try Preprocessing(network.input), folder = images.folder
        (width, output, self.preprocessing) = (vocabulary.words.width, network.logits, preprocessing)
        reader = ImageReader { preprocessing.picture(try folder.picture($0)) }
        plan = try Plan(
            network.graph,
            .init(batch: MicroBatch.size(for: network.input.shape), input: network.input.shape, activations: [network.logits], threads: 1))
    }

    /// Of each of the images `numbers` a vector of length 1. Throws a `Problem` when one cannot be read.
    func vectors(of numbers: [Int], _ workspace: Workspace) throws -> [Float] {
        var result: [Float] = []
        result.reserveCapacity(numbers.count * width)
        let step = plan.request.batch
        for begin in stride(from: 0, to: numbers.count, by: step) {
            let batch = reader.read(numbers[begin..<min(begin + step, numbers.count)])
            try batch.checkWhole()
            batch.write(preprocessing, into: workspace.input)
            try workspace.forward()
            result += LayerSummary(try workspace.activation(of: output), images: batch.count, shape: try plan.shape(of: output)).maximum
        }
        return WordVectors.unit(result, width)
    }
}
