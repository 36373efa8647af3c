import Diagnostics
import Tensors

extension ImageNetwork {
    /// What stands behind the body of a network, and how its outputs are to be understood.
    public struct Head: Sendable, Equatable {
        public enum Kind: String, Sendable {
            /// One output a class, of which one holds.
            case classes
            /// One output a label, of which several may hold: each was behind a sigmoid of its own.
            case labels
            /// One output. Above zero it speaks for class 1, below for class 0, which has its opposite for a logit.
            case score
            /// Outputs that stand for no classes.
            case embedding
            /// There is no head: the outputs are the body's features.
            case none
        }

        public var kind: Kind
        /// How many numbers the network ends in.
        public var outputs: Int
        /// The module of the last layer with weights; without a head, the one where the architecture has its classifier.
        public var module: String
        /// How many numbers that layer reads.
        public var inputs: Int
        /// Its layers in order, in words: `fc.0 (linear, 512 to 256)`.
        public var layers: [String]
        /// What the checkpoint does not tell and was assumed, or why outputs are taken for no classes.
        public var remark: String?

        public init(
            _ kind: Kind, outputs: Int, module: String, inputs: Int = 0, layers: [String] = [], remark: String? = nil
        ) {
            (self.kind, self.outputs, self.module, self.inputs) = (kind, outputs, module, inputs)
            (self.layers, self.remark) = (layers, remark)
        }

        /// How the head was understood, in a line.
        public var summary: String { ([outcome] + details).joined(separator: "; ") }

        private var outcome: String {
            switch kind {
            case .classes: "\(outputs) classes"
            case .labels: "\(outputs) labels, of which several may hold"
            case .score: "one score: class 1 above zero, class 0 below"
            case .embedding: "an embedding of \(outputs) numbers, no classes"
            case .none: "none: the body ends in \(outputs) features, there are no classes"
            }
        }

        /// Why there are no classes; nil where there are.
        public var absence: String? {
            switch kind {
            case .classes, .labels, .score: nil
            case .embedding: (["the outputs are an embedding of \(outputs) numbers"] + details).joined(separator: "; ")
            case .none: (["the body ends in \(outputs) features"] + details).joined(separator: "; ")
            }
        }

        private var details: [String] { (layers.isEmpty ? [] : [layers.joined(separator: ", ")]) + (remark.map { [$0] } ?? []) }
    }

    /// False for a body without a head, and for one that makes an embedding: units can be looked into, classes there are none.
    public var hasClasses: Bool { classCount > 0 }

    /// What logits are multiplied by before a softmax makes them probabilities: the two of a score are its opposites, and
    /// `sigmoid(z)` is the softmax of `z / 2` and `-z / 2`.
    public var probabilityScale: Float { head.kind == .score ? 0.5 : 1 }

    /// Throws a `Problem` when there are no classes, which `work` needs: "Counting what is right".
    public func requireClasses(for work: String) throws {
        guard !hasClasses else { return }
        let left = unusedTensors.listed()
        throw Problem(
            "\(work) needs classes, and \(displayName) of this checkpoint has none",
            explanation: "Its head: \(head.summary)." + (left.isEmpty ? "" : " Tensors that were not used: \(left)."),
            remedy: "Use the checkpoint of a classifier; units of this one can be reported.", kind: .usage)
    }

    /// Takes outputs for an embedding where tensors that the network has no use for stand ready to read them: a queue of earlier outputs
    /// (He et al. 2020), or a classifier behind them, which the checkpoint does not say how to join.
    mutating func doubtClasses(_ tensors: any TensorSource) {
        guard head.kind == .classes else { return }
        func isReader(_ name: String) -> Bool {
            guard let shape = tensors.shape(of: name), shape.rank == 2, shape.count > 0 else { return false }
            return name.hasSuffix("queue") ? shape.dimensions.contains(head.outputs) : name.hasSuffix("weight") && shape[1] == head.outputs
        }
        guard let reader = unusedTensors.first(where: isReader) else { return }
        let shape = tensors.shape(of: reader).map { " (\($0))" } ?? ""
        (head.kind, classCount) = (.embedding, 0)
        head.remark = "\(reader)\(shape) takes them, but how is not in the checkpoint"
    }

    /// The same for tensors that are no part of the network, by their `names` alone.
    mutating func doubtClasses(beside names: [String]) {
        guard head.kind == .classes, let queue = names.first(where: { $0.split(separator: ".").last == "queue" }) else { return }
        (head.kind, classCount) = (.embedding, 0)
        head.remark = "\(queue) keeps earlier ones, as contrastive learning does"
    }
}
