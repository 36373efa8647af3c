import Diagnostics

/// An ONNX file's content as it is stated there; what it means is found out by `ONNXImport`
/// (onnx.ai, "Open Neural Network Exchange Intermediate Representation").
struct ONNXModel: Sendable {
    let path: String
    var producer = ""
    var producerVersion = ""
    /// The version of every operator set that nodes are taken from, by domain; the standard one's domain is empty.
    var operatorSets: [String: Int] = [:]
    var graph = ONNXGraph()
    /// Operators that are written down in the file itself.
    var functions: [ONNXFunction] = []
    /// Files beside the model that hold tensors, relative to its folder.
    var externalFiles: [String] = []
    /// The exporter's notes on the whole, such as the names of classes.
    var metadata: [String: String] = [:]
}

/// Nodes in the order of execution, with what goes in and comes out.
struct ONNXGraph: Sendable {
    var name = ""
    var nodes: [ONNXNode] = []
    var initializers: [ONNXTensor] = []
    var inputs: [ONNXValueInfo] = []
    var outputs: [ONNXValueInfo] = []
}

/// An operator at work.
struct ONNXNode: Sendable {
    var name = ""
    /// Such as `Conv`.
    var operation = ""
    /// Empty for the standard operators.
    var domain = ""
    var overload = ""
    /// Names of values; empty where an optional one is left out.
    var inputs: [String] = []
    var outputs: [String] = []
    var attributes: [String: ONNXAttribute] = [:]
    /// The exporter's notes, such as PyTorch's module names.
    var metadata: [String: String] = [:]

    /// As a problem names it: by its name, or by what it makes.
    var title: String {
        let called = name.isEmpty ? outputs.first ?? "without a name" : name
        return "node '\(printable(called))' (\(printable(domain.isEmpty ? operation : "\(domain).\(operation)")))"
    }
}

/// A node's setting.
indirect enum ONNXAttribute: Sendable {
    case integer(Int)
    case float(Float)
    case text(String)
    case tensor(ONNXTensor)
    case graph(ONNXGraph)
    case integers([Int])
    case floats([Float])
    case texts([String])
    /// The attribute of that name of the function that the node stands in.
    case reference(String)
    /// Of a kind that no operator of an image classifier uses.
    case other
}

/// An operator that the file itself defines.
struct ONNXFunction: Sendable {
    var name = ""
    var domain = ""
    var overload = ""
    var inputs: [String] = []
    var outputs: [String] = []
    var defaults: [String: ONNXAttribute] = [:]
    var nodes: [ONNXNode] = []
    var operatorSets: [String: Int] = [:]
}

/// A graph's input or output.
struct ONNXValueInfo: Sendable {
    enum Extent: Sendable, Equatable {
        case fixed(Int)
        /// Known at run time only: by a name, or not even that.
        case open(String?)
    }

    var name = ""
    /// As in `TensorProto.DataType`; 0 when it is no tensor or not stated.
    var elementType = 0
    /// Nil when even the number of axes is open.
    var extents: [Extent]?
}
