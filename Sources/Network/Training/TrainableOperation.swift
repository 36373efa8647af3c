public import Tensors

/// An operation with learned values that can change while the network runs.
///
/// The next one: a file beside `Convolution+Training.swift`, and a line in the cases of `TrainableOperationTests`.
public protocol TrainableOperation: Operation {
    /// The learned values, named as in a checkpoint behind the module's own name; none where it has none.
    var learned: [LearnedTensor] { get }

    /// The same operation with other values, in the order of `learned`.
    func with(learned tensors: [Tensor]) -> any TrainableOperation

    /// Prepared to run with values that change from run to run. `activation` is applied behind, and where `adds` a second input is
    /// added before that; both are asked only of operations for which `absorbsInTraining` is true.
    func prepareTraining(
        _ preparation: Preparation, _ buffers: LearnedBuffers, adds: Bool, activation: Activation?
    ) throws -> any TrainingKernel

    /// True when a sum and a nonlinearity behind it can be computed with it while training.
    var absorbsInTraining: Bool { get }
}

extension TrainableOperation {
    public var absorbsInTraining: Bool { false }
}

/// One tensor of an operation's learned values.
public struct LearnedTensor: Sendable {
    /// What a checkpoint writes behind the module's name: `.weight`; nothing where the tensor has the node's own name.
    public let suffix: String
    public let tensor: Tensor
    /// True for what is counted rather than learned by gradient: running means and variances.
    public let isStatistic: Bool

    /// `part` of a module, such as `weight`.
    public init(_ part: String, _ tensor: Tensor, isStatistic: Bool = false) {
        self.init(suffix: ".\(part)", tensor, isStatistic: isStatistic)
    }

    public init(suffix: String, _ tensor: Tensor, isStatistic: Bool = false) {
        self.suffix = suffix
        self.tensor = tensor
        self.isStatistic = isStatistic
    }

    /// As a checkpoint has it, of the layer `node`.
    func name(in node: String) -> String { node + suffix }
}

/// Where the values of one operation lie, and where their gradients go, in the order of `TrainableOperation.learned`.
public struct LearnedBuffers: @unchecked Sendable {
    /// Keeps the memory.
    private let owner: LearnedValues
    public let values: [UnsafeMutablePointer<Float>]
    /// Of a statistic, nothing that anybody reads.
    public let gradients: [UnsafeMutablePointer<Float>]

    init(owner: LearnedValues, values: [UnsafeMutablePointer<Float>], gradients: [UnsafeMutablePointer<Float>]) {
        self.owner = owner
        self.values = values
        self.gradients = gradients
    }
}

/// A kernel that also computes the gradients of its learned values.
public protocol TrainingKernel: Kernel {
    /// What that reads of the forward pass.
    var learningReads: PullbackReads { get }

    /// The step that writes the gradients of the learned values; runs before the pullbacks.
    func bindLearning(_ buffers: LearningBuffers) throws -> BoundStep
}

/// The buffers of a step that learns.
public struct LearningBuffers {
    public let outputGradient: UnsafeMutablePointer<Float>
    /// Results of the forward pass; only those that `learningReads` names hold their values.
    public let inputs: [UnsafeMutablePointer<Float>]
    public let output: UnsafeMutablePointer<Float>
    public let memory: UnsafeMutableRawPointer?
    public let scratch: UnsafeMutableRawPointer
}
