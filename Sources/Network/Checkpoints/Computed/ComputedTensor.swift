import Tensors

/// A tensor that a checkpoint holds in parts: what the layer computes with is computed from them, as PyTorch does in evaluation.
protocol ComputedTensor: Sendable {
    /// How, by the last parts of the names: `weight_orig x weight_mask (pruning)`.
    var formula: String { get }
    var shape: Shape { get }
    /// - Throws: `Problem` as the parts' own values do.
    func values() throws -> Tensor
}

/// The ways in which PyTorch keeps a parameter in parts.
enum ComputedTensors {
    /// A tensor in place of its parts.
    private struct Found {
        let name: String
        let tensor: any ComputedTensor
        let parts: [String]
    }

    /// `entries`, with one tensor in place of those that are parts of it, where the first of them stands.
    static func assembled(_ entries: [TensorEntry]) -> [CheckpointTensor] {
        let stored = Dictionary(entries.map { ($0.name, $0) }, uniquingKeysWith: { $1 })
        var members: [String: [String]] = [:]
        for entry in entries {
            if let (parameter, part) = parametrized(entry.name) { members[parameter, default: []].append(part) }
        }
        var owner: [String: Found] = [:]
        for entry in entries where owner[entry.name] == nil {
            guard let found = hooked(entry.name, stored) ?? parametrization(entry.name, stored, members), stored[found.name] == nil else {
                continue
            }
            for part in found.parts { owner[part] = found }
        }
        var done = Set<String>()
        return entries.compactMap { entry in
            guard let found = owner[entry.name] else { return CheckpointTensor(entry) }
            return done.insert(found.name).inserted ? CheckpointTensor(name: found.name, computed: found.tensor) : nil
        }
    }

    /// Parts beside each other, as `torch.nn.utils.prune`, `weight_norm` and `spectral_norm` keep them: `weight_orig`, `weight_mask`.
    private static func hooked(_ name: String, _ stored: [String: TensorEntry]) -> Found? {
        func found(_ base: String, _ parts: [String], _ make: ([TensorEntry]) -> (any ComputedTensor)?) -> Found? {
            let names = parts.map { "\(base)_\($0)" }
            let entries = names.compactMap { stored[$0] }
            guard entries.count == parts.count, let tensor = make(entries) else { return nil }
            return Found(name: base, tensor: tensor, parts: names)
        }
        if name.hasSuffix("_orig") {
            let base = String(name.dropLast(5))
            return found(base, ["orig", "mask"]) { MaskedTensor($0[0], mask: $0[1]) }
                ?? found(base, ["orig", "u", "v"]) { SpectrallyNormalizedTensor($0[0], left: $0[1], right: $0[2]) }
        }
        if name.hasSuffix("_g"), stored[name.dropLast(2) + "_orig"] == nil {
            return found(String(name.dropLast(2)), ["g", "v"]) { NormalizedTensor(lengths: $0[0], directions: $0[1]) }
        }
        return nil
    }

    /// Parts below `parametrizations`, as `torch.nn.utils.parametrizations` keeps them; nil for parametrizations of other kinds, and for
    /// several in a row.
    private static func parametrization(_ name: String, _ stored: [String: TensorEntry], _ members: [String: [String]]) -> Found? {
        guard let (parameter, part) = parametrized(name), let parts = members[parameter] else { return nil }
        let base = name.dropLast(part.count)
        func entries(_ wanted: [String]) -> [TensorEntry]? {
            guard Set(parts) == Set(wanted) else { return nil }
            let found = wanted.compactMap { stored[base + $0] }
            return found.count == wanted.count ? found : nil
        }
        let tensor: (any ComputedTensor)? =
            if let parts = entries(["original0", "original1"]) {
                NormalizedTensor(lengths: parts[0], directions: parts[1])
            } else if let parts = entries(["original", "0._u", "0._v"]) {
                SpectrallyNormalizedTensor(parts[0], left: parts[1], right: parts[2])
            } else { nil }
        return tensor.map { Found(name: parameter, tensor: $0, parts: parts.map { base + $0 }) }
    }

    /// `a.weight` and `original0` of `a.parametrizations.weight.original0`; nil for other names.
    private static func parametrized(_ name: String) -> (parameter: String, part: String)? {
        let mark = "parametrizations."
        guard let range = name.firstRange(of: mark),
            range.lowerBound == name.startIndex || name[name.index(before: range.lowerBound)] == "."
        else { return nil }
        let rest = name[range.upperBound...]
        guard let dot = rest.firstIndex(of: ".") else { return nil }
        return (String(name[..<range.lowerBound] + rest[..<dot]), String(rest[rest.index(after: dot)...]))
    }
}

extension TensorEntry {
    /// The last part of the name, behind `parametrizations` the last that a reader needs.
    var shortName: String {
        let parts = name.split(separator: ".")
        let start = parts.lastIndex(of: "parametrizations") ?? parts.count - 1
        return parts[max(0, start)...].joined(separator: ".")
    }
}

extension Shape {
    /// The extents before, at and behind an axis, each as a product.
    func split(at axis: Int) -> (outer: Int, extent: Int, inner: Int) {
        (dimensions[..<axis].reduce(1, *), dimensions[axis], dimensions[(axis + 1)...].reduce(1, *))
    }
}
