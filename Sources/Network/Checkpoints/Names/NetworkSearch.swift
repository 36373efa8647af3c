import Diagnostics
import Tensors

/// Finds the known networks among named tensors, whatever stands before their names and beside them.
struct NetworkSearch {
    /// Tensors by their names behind a prefix.
    struct View: TensorSource {
        let names: [String]
        private let shapes: [String: Shape]

        init(_ tensors: [(name: String, shape: Shape)]) {
            names = tensors.map(\.name)
            shapes = Dictionary(tensors.map { ($0.name, $0.shape) }, uniquingKeysWith: { $1 })
        }

        func shape(of name: String) -> Shape? { shapes[name] }
        func tensor(_ name: String) throws -> Tensor { throw Problem("the values of \(printable(name)) are not at hand") }
    }

    /// Tensors below a prefix, by their places among all in the order of names.
    private struct Branch {
        /// In bytes.
        let prefix: Int
        let range: Range<Int>
        let depth: Int
    }

    /// The fewest tensors that a network may have.
    static let leastCount = 8
    private static let depthLimit = 12
    private static let branchLimit = 2000
    /// Of branches that are compared with every architecture in full.
    private static let bodyLimit = 8

    private let shapes: [Shape]
    /// Names as bytes, sorted, so that those of a branch follow each other.
    private let sorted: [(name: [UInt8], index: Int)]

    init(_ tensors: [(name: String, shape: Shape)]) {
        shapes = tensors.map(\.shape)
        sorted = tensors.enumerated().map { (Array($0.element.name.utf8), $0.offset) }
            .sorted { $0.name.lexicographicallyPrecedes($1.name) }
    }

    /// The networks whose tensors are all there, those with the shortest prefixes first. Only of `architecture`, if one is named and
    /// there are some of it.
    func candidates(of architecture: (any Architecture)? = nil) -> [NetworkCandidate] {
        if let architecture {
            let found = search([architecture])
            if !found.isEmpty { return found }
        }
        let found = search(Architectures.all.filter(\.isRecognised) + Architectures.all.filter { !$0.isRecognised })
        return found.isEmpty ? bodies() : found
    }

    private func search(_ architectures: [any Architecture]) -> [NetworkCandidate] {
        var found: [NetworkCandidate] = []
        forEachBranch { branch in
            let view = view(of: branch)
            guard let fitting = Architectures.fitting(view, among: architectures) else { return true }
            found.append(
                NetworkCandidate(
                    prefix: prefix(of: branch), architecture: fitting.name, tensorCount: branch.range.count, classifier: nil))
            return false
        }
        return found
    }

    // MARK: Bodies and their classifiers

    /// Names of modules that make classes of features, where toolboxes keep them apart from the rest.
    private static let classifierParts: Set<String> = [
        "head", "heads", "cls_head", "fc", "classifier", "linear", "logits", "output", "predictions", "last_linear",
    ]

    /// Networks whose classifier has another name: all other tensors are there behind a prefix, and a single linear layer fits them.
    private func bodies() -> [NetworkCandidate] {
        var found: [NetworkCandidate] = [], tried = 0
        forEachBranch { branch in
            tried += 1
            guard tried <= Self.bodyLimit else { return false }
            let view = view(of: branch), prefix = prefix(of: branch)
            for architecture in Architectures.all where architecture.isRecognised {
                let parameters = Parameters(shapesOf: view)
                guard (try? architecture.build(parameters)) != nil, let wanted = parameters.missingLinear else { continue }
                let classifiers = linearLayers(inputs: wanted.inputs, hasBias: wanted.hasBias, outside: prefix, taken: parameters.used)
                guard classifiers.count == 1 else { continue }
                found.append(
                    NetworkCandidate(
                        prefix: prefix, architecture: architecture.name, tensorCount: parameters.used.count,
                        classifier: .init(stored: classifiers[0], name: wanted.name + ".")))
                return false
            }
            return true
        }
        return found
    }

    /// The names, with a full stop, of the linear layers called like classifiers that take `inputs` numbers and are no part of the
    /// network below `prefix`.
    private func linearLayers(inputs: Int, hasBias: Bool, outside prefix: String, taken: Set<String>) -> [String] {
        let all = View(sorted.map { (String(decoding: $0.name, as: UTF8.self), shapes[$0.index]) })
        return all.names.compactMap { name in
            guard name.hasSuffix(".weight"), let shape = all.shape(of: name), shape.rank == 2, shape[1] == inputs, shape[0] > 0 else { return nil }
            let module = String(name.dropLast("weight".count))
            let isOwn = name.hasPrefix(prefix) && taken.contains(String(name.dropFirst(prefix.count)))
            let parts = module.split(separator: ".").filter { !$0.allSatisfy(\.isNumber) }
            guard !isOwn, let last = parts.last, Self.classifierParts.contains(String(last)),
                (all.shape(of: module + "bias") == [shape[0]]) == hasBias
            else { return nil }
            return module
        }
    }

    // MARK: Branches

    /// Calls `body` with every branch that may be a network, the shortest prefixes first. Those below a branch are left out where it
    /// returns false.
    private func forEachBranch(_ body: (Branch) -> Bool) {
        var open = [Branch(prefix: 0, range: 0..<sorted.count, depth: 0)]
        var next = 0
        while next < open.count, next < Self.branchLimit {
            let branch = open[next]
            next += 1
            guard branch.range.count >= Self.leastCount, branch.range.contains(where: { shapes[sorted[$0].index].rank == 4 }) else { continue }
            let children = children(of: branch)
            // Where there is one child only, the network is the child.
            if children.count > 1 || branch.depth == 0, !body(branch) { continue }
            if branch.depth < Self.depthLimit { open += children.filter { $0.range.count >= Self.leastCount } }
        }
    }

    private func children(of branch: Branch) -> [Branch] {
        var children: [Branch] = []
        var start = branch.range.lowerBound
        while start < branch.range.upperBound {
            let rest = sorted[start].name.dropFirst(branch.prefix)
            guard let dot = rest.firstIndex(of: 0x2E) else {
                children.append(Branch(prefix: sorted[start].name.count, range: start..<start + 1, depth: branch.depth + 1))
                start += 1
                continue
            }
            let part = sorted[start].name[...dot]
            var end = start + 1
            while end < branch.range.upperBound, sorted[end].name.starts(with: part) { end += 1 }
            children.append(Branch(prefix: part.count, range: start..<end, depth: branch.depth + 1))
            start = end
        }
        return children
    }

    private func prefix(of branch: Branch) -> String {
        String(decoding: sorted[branch.range.lowerBound].name.prefix(branch.prefix), as: UTF8.self)
    }

    private func view(of branch: Branch) -> View {
        // As the file has them: messages quote the first.
        let tensors = sorted[branch.range].sorted { $0.index < $1.index }
        return View(tensors.map { (String(decoding: $0.name.dropFirst(branch.prefix), as: UTF8.self), shapes[$0.index]) })
    }
}
