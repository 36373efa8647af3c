import Diagnostics

/// What names stand for within one graph or function while it is run.
struct ONNXScope {
    var values: [String: ONNXValue] = [:]
    var initializers: [String: ONNXTensor] = [:]
    /// How many nodes still take each name, so that weights are let go of when they have been used.
    var uses: [String: Int] = [:]
    var versions: [String: Int]
    /// The values of a function's attributes.
    var attributes: [String: ONNXAttribute] = [:]
    /// Before the names of nodes, within functions.
    var prefix = ""
    var modules: [String] = []
    var depth = 0

    mutating func add(_ tensors: [ONNXTensor]) throws {
        for tensor in tensors {
            guard initializers.updateValue(tensor, forKey: tensor.name) == nil else {
                throw Problem("two tensors are named '\(printable(tensor.name))'")
            }
        }
    }

    /// The value of a name; weights are read when they are first taken.
    mutating func value(_ name: String) throws -> ONNXValue? {
        if let value = values[name] { return value }
        guard let tensor = initializers[name] else { return nil }
        let value: ONNXValue
        do { value = .constant(try tensor.constant()) } catch let problem as Problem { throw ONNXImport.Failure.ofFile(problem) }
        if (uses[name] ?? 0) > 1 { values[name] = value }
        return value
    }
}
