import Diagnostics

/// A node of an exported program with its arguments at hand. Those that are left out have their defaults.
struct ATenCall {
    /// Such as `conv2d`: without namespace and overload.
    let operation: String
    /// Such as `Tensor` or `default`.
    let overload: String
    let outputs: [String]
    private let inputs: [ProgramDocument.Node.Input]

    init(_ node: ProgramDocument.Node, _ outputs: [String]) {
        let parts = node.target.split(separator: ".").map(String.init)
        // torch.ops.aten.conv2d.default
        let isATen = parts.count == 5 && parts[2] == "aten"
        (operation, overload) = isATen ? (parts[3], parts[4]) : (node.target, "")
        (inputs, self.outputs) = (node.inputs, outputs)
    }

    private func argument(_ name: String) -> ProgramDocument.Argument? { inputs.first { $0.name == name }?.arg }

    /// The tensor at a place; nil where there is none.
    func tensor(_ place: Int) -> String? {
        guard inputs.indices.contains(place), case .tensor(let name) = inputs[place].arg else { return nil }
        return name
    }

    /// The tensor that an argument is; nil where it is left out.
    func tensor(_ name: String) -> String? {
        guard case .tensor(let found)? = argument(name) else { return nil }
        return found
    }

    /// The first argument.
    func subject() throws -> String {
        guard let found = tensor(0) else { throw Problem("takes no tensor") }
        return found
    }

    func tensors(_ name: String) throws -> [String?] {
        guard case .tensors(let found)? = argument(name) else { throw Problem("takes no tensors") }
        return found
    }

    func integer(_ name: String, _ otherwise: Int? = nil) throws -> Int {
        switch argument(name) {
        case .integer(let value?): return value
        case .none?, nil: if let otherwise { return otherwise }
        default: break
        }
        throw Problem("has no number for \(name)")
    }

    func integers(_ name: String, _ otherwise: [Int]? = nil) throws -> [Int] {
        switch argument(name) {
        case .integers(let values):
            let fixed = values.compactMap { $0 }
            if fixed.count == values.count { return fixed }
        case .integer(let value?): return [value]
        case .none?, nil: if let otherwise { return otherwise }
        default: break
        }
        throw Problem("has no numbers for \(name)")
    }

    /// One number for each side, where one serves both.
    func pair(_ name: String, _ otherwise: [Int]? = nil) throws -> [Int] {
        let values = try integers(name, otherwise)
        guard values.count == 1 || values.count == 2 else { throw Problem("has \(values.count) numbers for \(name)") }
        return values.count == 1 ? [values[0], values[0]] : values
    }

    /// A number, whole or not; nil where it is left out.
    func number(_ name: String) -> Double? {
        switch argument(name) {
        case .number(let value): value
        case .integer(let value?): Double(value)
        case .flag(let value): value ? 1 : 0
        default: nil
        }
    }

    func flag(_ name: String, _ otherwise: Bool) -> Bool {
        if case .flag(let value)? = argument(name) { value } else { otherwise }
    }

    func text(_ name: String) -> String? {
        if case .text(let value)? = argument(name) { value } else { nil }
    }
}
