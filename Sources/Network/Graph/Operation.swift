public import Tensors

/// One kind of computation in a network: its shapes, its forward pass and its pullback, all in one file.
///
/// The next operation: a file beside `Convolution.swift`, its definition in `NaiveOperations` and a case in the table of
/// `OperationTests`. An operation is immutable and knows nothing of batches, buffers or other operations: shapes are those of
/// one image, of any rank, and a batch is an outermost axis that the engine adds. `prepare` resolves it to a `Kernel` for
/// given shapes.
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

    /// True when the output is the input's memory seen under another shape: nothing is computed at all.
    var isView: Bool { get }

    /// How an output position looks at input positions.
    var window: ReceptiveWindow { get }

    /// What kind of work it does, as far as rules of relevance tell kinds apart.
    var role: OperationRole { get }

    /// The shape of the output for one image: C x H x W for feature maps. Throws a `Problem` when the inputs do not fit.
    func outputShape(for inputs: [Shape]) throws -> Shape

    /// The layouts it works in, where its inputs come as `offered`; the engine reorders what comes in another.
    func layouts(for inputs: [Shape], offered: [Layout]) -> LayoutChoice

    /// What it makes of maps in blocks of eight channels.
    var narrowMaps: NarrowMaps { get }

    /// The axis of the output that counts channels, where `axes` are those of the inputs.
    func channelAxis(for inputs: [Shape], axes: [Int], output: Shape) -> Int

    /// Multiplications and additions for one image, counted as two.
    func operationCount(for inputs: [Shape], output: Shape) -> Int

    /// The operation prepared to run on given shapes.
    func prepare(_ preparation: Preparation) throws -> any Kernel
}

extension Operation {
    public var parameterCount: Int { 0 }
    public var activation: Activation? { nil }
    public var passesGradientUnchanged: Bool { false }
    public var isView: Bool { false }
    public var window: ReceptiveWindow { .point }

    public func layouts(for inputs: [Shape], offered: [Layout]) -> LayoutChoice { .allBlocked(inputs.count) }

    public var narrowMaps: NarrowMaps { .refused }

    public func channelAxis(for inputs: [Shape], axes: [Int], output: Shape) -> Int {
        for (shape, axis) in zip(inputs, axes) where shape.rank == output.rank && shape[axis] == output[axis] { return axis }
        return output.conventionalChannelAxis
    }

    /// One for each value.
    public func operationCount(for inputs: [Shape], output: Shape) -> Int { output.count }
}

/// In which layouts an operation takes its inputs and gives its output.
public struct LayoutChoice: Sendable, Equatable {
    public var inputs: [Layout]
    public var output: Layout

    public init(inputs: [Layout], output: Layout) {
        self.inputs = inputs
        self.output = output
    }

    public static func allBlocked(_ count: Int) -> LayoutChoice {
        LayoutChoice(inputs: Array(repeating: .blocked, count: count), output: .blocked)
    }

    public static func allPlain(_ count: Int) -> LayoutChoice {
        LayoutChoice(inputs: Array(repeating: .plain, count: count), output: .plain)
    }

    /// For work on values one by one: blocked where all inputs can be and one is, row-major otherwise.
    public static func pointwise(_ inputs: [Shape], offered: [Layout]) -> LayoutChoice {
        inputs.allSatisfy { $0.map != nil } && offered.contains(.blocked) ? .allBlocked(inputs.count) : .allPlain(inputs.count)
    }
}

/// What an operation that works on blocked maps makes of maps in blocks of eight (`Layout.narrow`).
public enum NarrowMaps: Sendable {
    /// They are brought into blocks of sixteen for it.
    case refused
    /// It works on values one by one, and does not tell the two apart where all its maps are alike.
    case kept
    /// It is faster with them where the processor prefers them. Its first input may come in other blocks than its output goes; further
    /// inputs are like the output.
    case wanted
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
    /// Of one image each.
    public let inputs: [Shape]
    /// In which layout each input comes, as chosen by `layouts`.
    public let layouts: [Layout]
    public let output: Shape
    /// In which layout the output goes.
    public let outputLayout: Layout
    /// True when the pullback will be asked for.
    public var wantsGradient: Bool
    /// Which algorithm convolutions use; nil is the direct one.
    public var algorithms: AlgorithmChoices?
    /// What convolutions multiply.
    public var precision = Precision.float32

    /// The number of values in the output's buffer.
    public var outputCount: Int { outputLayout.count(batch: batch, output) }
    /// The number of values in an input's buffer.
    public func inputCount(_ input: Int) -> Int { layouts[input].count(batch: batch, inputs[input]) }
}

/// An operation prepared for given shapes: free of state, shared by all workspaces that run it.
public protocol Kernel: Sendable {
    /// Scratch needed during one step, in bytes.
    var scratchBytes: Int { get }
    /// What the forward pass leaves for the pullback besides its output, in bytes.
    var memoryBytes: Int { get }

    func bindForward(_ buffers: ForwardBuffers) throws -> BoundStep

    /// The step that writes the gradient at input number `input`.
    func bindPullback(to input: Int, _ buffers: PullbackBuffers) throws -> BoundStep

    /// True when the gradient passes to input number `input` unchanged although it does not to others.
    func passesGradientUnchanged(to input: Int) -> Bool

    /// True when nothing reaches input number `input`. A derivative reaches all inputs; a rule of relevance need not.
    func blocksGradient(to input: Int) -> Bool

    /// What the pullback to input number `input` reads of the forward pass: the engine keeps it for so long.
    func pullbackReads(to input: Int) -> PullbackReads
}

extension Kernel {
    public var scratchBytes: Int { 0 }
    public var memoryBytes: Int { 0 }
    public func passesGradientUnchanged(to input: Int) -> Bool { false }
    public func blocksGradient(to input: Int) -> Bool { false }
    public func pullbackReads(to input: Int) -> PullbackReads { .nothing }
}

/// Results of the forward pass that a pullback needs.
public struct PullbackReads: Sendable {
    public var inputs: [Int]
    public var output: Bool

    public init(inputs: [Int] = [], output: Bool = false) {
        self.inputs = inputs
        self.output = output
    }

    public static let nothing = PullbackReads()
}

/// The buffers of a forward step.
public struct ForwardBuffers {
    public let inputs: [UnsafeMutablePointer<Float>]
    public let output: UnsafeMutablePointer<Float>
    /// Kept for the pullback; nil when none will come.
    public let memory: UnsafeMutableRawPointer?
    public let scratch: UnsafeMutableRawPointer

    public init(
        inputs: [UnsafeMutablePointer<Float>], output: UnsafeMutablePointer<Float>, memory: UnsafeMutableRawPointer?,
        scratch: UnsafeMutableRawPointer
    ) {
        self.inputs = inputs
        self.output = output
        self.memory = memory
        self.scratch = scratch
    }
}

/// The buffers of a pullback.
public struct PullbackBuffers {
    public let outputGradient: UnsafeMutablePointer<Float>
    /// To be written.
    public let inputGradient: UnsafeMutablePointer<Float>
    /// Results of the forward pass; only those that `pullbackReads` names hold their values.
    public let inputs: [UnsafeMutablePointer<Float>]
    public let output: UnsafeMutablePointer<Float>
    public let memory: UnsafeMutableRawPointer?
    public let scratch: UnsafeMutableRawPointer

    public init(
        outputGradient: UnsafeMutablePointer<Float>, inputGradient: UnsafeMutablePointer<Float>, inputs: [UnsafeMutablePointer<Float>],
        output: UnsafeMutablePointer<Float>, memory: UnsafeMutableRawPointer?, scratch: UnsafeMutableRawPointer
    ) {
        self.outputGradient = outputGradient
        self.inputGradient = inputGradient
        self.inputs = inputs
        self.output = output
        self.memory = memory
        self.scratch = scratch
    }
}
