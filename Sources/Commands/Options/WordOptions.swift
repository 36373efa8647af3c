import Analysis
import ArgumentParser
import Dataset
import Diagnostics
import Images
import Network
import Run

/// Labels that units are compared with: words, by an encoder of images and texts, and attributes of images.
struct WordOptions: ParsableArguments {
    @Option(
        help: """
            Words that units are compared with: a safetensors file with a vector for each, made by a text encoder, and the words in its metadata. \
            Needs --encoder.
            """)
    var words: String?
    @Option(help: "The encoder that makes vectors of images to compare with those of --words: the other half of CLIP or the like, usually as ONNX.")
    var encoder: String?
    @OptionGroup var reading: ReadingOptions<EncoderNetwork>
    @Option(
        help: """
            A table (CSV) of images and their attributes, of 0 and 1 or of a few words: for every unit the attribute that tells best where it is \
            active is chosen on half of the images and checked on the others, as words and classes are.
            """)
    var attributes: String?

    /// Nil where no labels are named. What was found is said on standard error. Throws a `Problem` when a file cannot be read, or they do not go
    /// together.
    func load(images: RealImages) throws -> LabelStudy? {
        let vocabulary = try vocabulary()
        let table = try attributes.map { try ImageAttributes(path: $0, images: images.folder.items.map(\.relativePath)) }
        if let table {
            StandardError.write("Attributes: \(table.names.count)\n")
            for remark in table.remarks { StandardError.write("  \(remark)\n") }
        }
        return vocabulary == nil && table == nil ? nil : LabelStudy(vocabulary: vocabulary, attributes: table)
    }

    private func vocabulary() throws -> LabelStudy.Vocabulary? {
        switch (words, encoder) {
        case (nil, nil):
            guard let given = reading.given else { return nil }
            throw Problem("\(given) says how the encoder is read, and there is none", remedy: "Add --words and --encoder.", kind: .usage)
        case (_?, nil):
            throw Problem(
                "--words goes with --encoder", explanation: "Vectors of images are compared with those of the words.",
                remedy: "Name the encoder of images that belongs to the text encoder.", kind: .usage)
        case (nil, _?): throw Problem("--encoder goes with --words", kind: .usage)
        case (let words?, let encoder?):
            let vectors = try WordVectors.read(path: words)
            StandardError.write("Words: \(vectors.words.count), vectors of \(vectors.width) numbers (\(vectors.source))\n")
            let checkpoint = try reading.checkpoint(at: encoder)
            let network = try reading.network(of: checkpoint)
            let preparation = NetworkDescription.Preprocessing(network.input).words, remarks = network.preprocessingRemarks
            StandardError.write("Encoder: \(network.displayName)\n")
            if !remarks.contains(where: { $0.contains(preparation) }) { StandardError.write("  Preprocessing: \(preparation)\n") }
            for remark in remarks { StandardError.write("  \(remark)\n") }
            guard [.mean, .standardDeviation].allSatisfy({ network.input.source(of: $0) != .assumed }) else {
                throw Problem(
                    "How images are to be prepared for the encoder is not known: nothing says their mean and standard deviation",
                    explanation: "With others than it was trained with, its vectors of images do not go with those of words.",
                    remedy: "Put the model’s preprocessor_config.json beside \(encoder), or say it: --encoder-preprocessing \"mean=0.481,0.458,0.408 std=0.269,0.261,0.276 resize=224 interpolation=bicubic\" for OpenAI’s CLIP.",
                    kind: .usage)
            }
            return try .init(
                vectors, encoder: network,
                description: .init(architecture: network.architecture, displayName: network.displayName, checkpoint: .init(checkpoint)),
                preparation: preparation)
        }
    }

    func record(in options: inout RunOptions, _ labels: LabelStudy?) throws {
        if let vocabulary = labels?.vocabulary {
            options.words = words
            options.wordsHash = try words.map { try FileHash.sha256(path: $0) }
            options.encoderHash = vocabulary.description.checkpoint.sha256
            let told = [vocabulary.encoder.toldPreprocessing, vocabulary.encoder.toldOutput.map { "output=\($0)" }].compactMap { $0 }
            options.encoderReading = told.isEmpty ? nil : told.joined(separator: " ")
        }
        options.attributes = attributes
        options.attributesHash = try attributes.map { try FileHash.sha256(path: $0) }
    }
}
