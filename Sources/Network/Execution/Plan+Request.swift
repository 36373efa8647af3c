public import Tensors

extension Plan {
    /// What to run and what to keep of it.
    public struct Request: Sendable {
        public var batch: Int
        /// C x H x W of one image.
        public var input: Shape
        /// Layers whose activations can be read after the forward pass.
        public var activations: [String]
        /// Layers whose activations the caller may write over after the forward pass, to run what depends on them again
        /// (`Workspace.forward(behind:)`). They can be read, too.
        public var edited: [String] = []
        /// Layers at which the caller writes the gradient of its loss before the backward pass. Empty: no backward pass.
        public var seeds: [String]
        /// True when the caller writes every seed anew, channels past the last included, between the pass before and `backward`: seeds
        /// then take memory only while they are needed.
        public var renewsSeeds = false
        /// Layers whose gradients can be read after the backward pass; `input` is always among them.
        public var gradients: [String]
        /// Threads inside one operation.
        public var threads: Int
        /// True to fold batch normalisation into convolutions and to fuse sums and activations: faster, and rounded in another
        /// order. False computes operation by operation, as the checkpoint defines them.
        public var fuses: Bool
        /// Which algorithm each convolution uses; nil is the direct one for all, which rounds least.
        public var algorithms: AlgorithmChoices?
        /// What convolutions multiply.
        public var precision: Precision
        /// True to keep maps in blocks of eight channels between operations that take them so; only for inference in float32, fused and
        /// without `flow`.
        public var narrowsMaps = Layout.prefersNarrow
        /// Another backward pass, between the forward one and the gradient's: relevance.
        public var flow: BackwardFlow?
        /// The graph's values to learn: layers take them from there in every run, batch normalisation goes by the batch's own
        /// statistics, and the backward pass writes gradients of values instead of the image's. Nil for inference.
        public var learned: LearnedValues?

        public init(
            batch: Int, input: Shape, activations: [String] = [], seeds: [String] = [], gradients: [String] = [],
            threads: Int = 1, fuses: Bool = true, algorithms: AlgorithmChoices? = nil, precision: Precision = .float32,
            flow: BackwardFlow? = nil, learned: LearnedValues? = nil
        ) {
            self.batch = batch
            self.input = input
            self.activations = activations
            self.seeds = seeds
            self.gradients = gradients
            self.threads = threads
            self.fuses = fuses
            self.algorithms = algorithms
            self.precision = precision
            self.flow = flow
            self.learned = learned
        }
    }
}
