/// The kinds of work that rules of relevance tell apart.
public enum OperationRole: String, Sendable, CaseIterable {
    /// The image itself, or learned values that depend on no image.
    case source
    /// `W x + b` with learned weights.
    case convolution, linear
    /// Means over positions: linear, without learned values.
    case averaging
    /// The largest of several positions.
    case maximum
    /// A scale and a shift, whether learned or taken from the values themselves.
    case normalization
    /// A function of every value by itself.
    case activation
    /// Values added, as at the end of a residual block.
    case sum
    /// Values multiplied, as by a gate.
    case product
    /// Both factors depend on the image, as in attention.
    case matrixProduct
    case softmax
    /// Every output value is an input value: moved, joined, repeated or chosen.
    case rearrangement
}
