import Dataset
import Diagnostics
public import Images
public import Network
public import Run

/// What units are compared with besides the network's classes: words, by an encoder of images, and attributes of images.
public struct LabelStudy: Sendable {
    /// Nil where only attributes are asked for.
    public let vocabulary: Vocabulary?
    public let attributes: ImageAttributes?

    /// Words and what makes vectors of images that are compared with theirs.
    public struct Vocabulary: Sendable {
        public let words: WordVectors
        public let encoder: ImageNetwork
        public let description: Comparison.Network
        /// How it has images prepared, in words.
        public let preparation: String

        /// - Throws: a usage `Problem` where vectors of images have not as many numbers as those of words.
        public init(_ words: WordVectors, encoder: ImageNetwork, description: Comparison.Network, preparation: String) throws {
            let shapes = try encoder.graph.mapShapes(input: encoder.input.shape), shape = shapes[try encoder.graph.node(named: encoder.logits)]
            guard shape.count == words.width else {
                throw Problem(
                    "The encoder and the words do not go together",
                    explanation: "What it makes of an image has \(shape.count) numbers, the vector of a word \(words.width).",
                    remedy: "Take both from one model, behind its projections; --encoder-output names another output of an ONNX file.", kind: .usage)
            }
            (self.words, self.encoder, self.description, self.preparation) = (words, encoder, description, preparation)
        }
    }

    public init(vocabulary: Vocabulary?, attributes: ImageAttributes?) { (self.vocabulary, self.attributes) = (vocabulary, attributes) }

    /// The same about some of the images.
    func selecting(_ images: RealImages) -> LabelStudy {
        LabelStudy(vocabulary: vocabulary, attributes: attributes?.selecting(images.folder.items.map(\.relativePath)))
    }
}
