public import Tensors

/// One kind of computation in a network: its shapes, its forward pass and its pullback, all in one file.
///
/// The next operation: a file beside `Convolution.swift`, a case in the table of `OperationTests`. An operation is immutable
/// and knows nothing of batches, buffers or other operations; `prepare` resolves it to a `Kernel` for given shapes.
public protocol Operation: Sendable {
    /// What a reader calls it, such as `convolution 3 x 3`.
    var kind: String { get }

    /// The number of learned values.
    var parameterCount: Int { get }

    /// The nonlinearity that is applied last, if any. The engine takes its derivative from the result, so a pullback sees
    /// gradients from which it has been taken already.
    var activation: Activation? { get }

    /// True when the gradient passes to every input unchanged (once `activation` is taken off): nothing is computed then.
    var passesGradientUnchanged: Bool { get }

    /// How an output position looks at input positions.
    var window: ReceptiveWindow { get }

    /// The shape of the output (C x H x W) for one image. Throws a `Problem` when the inputs do not fit.
    func outputShape(for inputs: [Shape]) throws -> Shape

    /// The operation prepared to run on given shapes.
    func prepare(_ preparation: Preparation) throws -> any Kernel
}

extension Operation {
    public var parameterCount: Int { 0 }
    public var activation: Activation? { nil }
    public var passesGradientUnchanged: Bool { false }
    public var window: ReceptiveWindow { .point }
}

/// The input positions that one output position depends on.
public enum ReceptiveWindow: Sendable, Equatable {
    /// The same position only.
    case point
    /// A window of `kernel` (height, width) every `stride`, `padding` resolved for the input's shape.
    case sliding(kernel: [Int], stride: [Int], dilation: [Int], padding: Padding)
    /// All of them.
    case everything
}

/// What an operation needs to know to prepare itself.
public struct Preparation: Sendable {
    public let batch: Int
    /// C x H x W each.
    public let inputs: [Shape]
    /// In which layout each input comes. Outputs are always blocked.
    public let layouts: [Layout]
    public let output: Shape
    /// True when the pullback will be asked for.
    public let wantsGradient: Bool
}

/// An operation prepared for given shapes: free of state, shared by all workspaces that run it.
public protocol Kernel: Sendable {
    /// Scratch needed during one step, in bytes.
    var scratchBytes: Int { get }
    /// What the forward pass leaves for the pullback besides its output, in bytes.
    var memoryBytes: Int { get }

    func bindForward(
        inputs: [UnsafeMutablePointer<Float>], output: UnsafeMutablePointer<Float>, memory: UnsafeMutableRawPointer?,
        scratch: UnsafeMutableRawPointer
    ) throws -> BoundStep

    /// The step that writes the gradient at input number `input`; nil when none flows there but the unchanged one.
    func bindPullback(
        to input: Int, outputGradient: UnsafeMutablePointer<Float>, inputGradient: UnsafeMutablePointer<Float>,
        memory: UnsafeMutableRawPointer?, scratch: UnsafeMutableRawPointer
    ) throws -> BoundStep

    /// True when the gradient passes to input number `input` unchanged although it does not to others.
    func passesGradientUnchanged(to input: Int) -> Bool
}

extension Kernel {
    public var scratchBytes: Int { 0 }
    public var memoryBytes: Int { 0 }
    public func passesGradientUnchanged(to input: Int) -> Bool { false }
}
