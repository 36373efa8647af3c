import Diagnostics
public import Tensors

/// Hands an architecture its learned values, and notes everything that does not fit: one problem at the end names all
/// missing and mis-shaped tensors, instead of the first.
public final class Parameters {
    private enum Source {
        case tensors(any TensorSource)
        /// The same, compared only: layers are given no values.
        case shapes(any TensorSource, stopsEarly: Bool)
        /// Nothing: layers are given values that nobody has set.
        case outline
        case random(RandomSource)
    }

    private var source: Source
    /// What modules are called in the source.
    var names = ModuleNames()
    /// True where a network without its head is none: then the head is asked for, and missing.
    let needsHead: Bool
    private var missing: [(name: String, shape: Shape)] = []
    private var misshaped: [String] = []
    private var unexpected: [String] = []
    /// The names that were asked for.
    private(set) var used = Set<String>()
    /// Those that are known, though nothing is computed with them: what can be worked out, and is kept in files all the same.
    private(set) var passedOver = Set<String>()
    /// The tensors that were asked for, in order, where there is no source to take them from.
    private(set) var asked: [(name: String, shape: Shape)] = []
    /// What can be worked out, and has to stand in a file of the library all the same, with its values; noted where there is no source.
    private(set) var derived: [(name: String, tensor: Tensor)] = []
    /// What the tensors leave open and nothing beside them told, with what was taken for it.
    private(set) var assumptions: [String] = []
    /// Of these, what was taken for the size of images.
    private(set) var sizeAssumption: String?
    /// Tensors with values that are not finite, in the order of use.
    public private(set) var nonFinite: [String] = []

    /// Values from `tensors`.
    public init(_ tensors: any TensorSource) { (source, needsHead) = (.tensors(tensors), false) }

    /// Compares names and shapes with those of `tensors`; the layers get no values, so that the network cannot run. Where
    /// `stopsEarly`, the first difference is thrown.
    init(shapesOf tensors: any TensorSource, stopsEarly: Bool = false, needsHead: Bool = false) {
        (source, self.needsHead) = (.shapes(tensors, stopsEarly: stopsEarly), needsHead)
    }

    /// Notes what is asked for, in `asked`. The network has shapes and names, but arbitrary values.
    init() { (source, needsHead) = (.outline, false) }

    private struct Difference: Error {}

    /// The tensors to compare with.
    private var tensors: (any TensorSource)? {
        switch source {
        case .tensors(let tensors), .shapes(let tensors, _): tensors
        case .outline, .random: nil
        }
    }

    /// What the library that wrote the tensors says about their network.
    var configuration: NetworkConfiguration? { tensors?.configuration }

    /// True when names and shapes are compared only, and no values are read.
    var isComparing: Bool { if case .shapes = source { true } else { false } }

    /// True where values are random: normalisations then change nothing.
    var isRandom: Bool { if case .random = source { true } else { false } }

    /// Notes what was taken for something that the tensors leave open.
    func assume(_ what: String) { assumptions.append(what) }

    /// The same of the size of images, which what is known of preprocessing may tell yet.
    func assumeSize(_ what: String) {
        assume(what)
        sizeAssumption = what
    }

    /// Random values, scaled so that activations keep their size (He et al. 2015): for benchmarks and tests.
    public init(seed: UInt64) { (source, needsHead) = (.random(RandomSource(seed: seed, stream: "parameters")), false) }

    /// The first extent of a tensor: how many classes a classifier has. `otherwise` for random values.
    public func firstExtent(of name: String, otherwise: Int) -> Int {
        shape(of: name).flatMap { $0.rank > 0 ? $0[0] : nil } ?? otherwise
    }

    /// The shape that a tensor has in the checkpoint; nil when there is none of that name, and for random values.
    public func shape(of name: String) -> Shape? { tensors?.shape(of: names(name)) }

    /// Channels of the image that the first convolution, of that name, takes: 3 where there are no tensors to tell.
    func imageChannels(of convolution: String) -> Int {
        guard let shape = shape(of: "\(convolution).weight"), shape.rank == 4, (1...Self.mostImageChannels).contains(shape[1]) else { return 3 }
        return shape[1]
    }

    /// Pictures of satellites have a dozen or two.
    private static let mostImageChannels = 64

    /// Values of the largest tensor of an outline that is filled: more channels than any layer has.
    private static let mostLookedAt = 65_536

    public func has(_ name: String) -> Bool { shape(of: name) != nil }

    /// True when there are no tensors to take extents from: an outline, or random values.
    var isFree: Bool { tensors == nil }

    /// Modules at and below `module` that have tensors of their own, numbers in their order, names in the file's: `fc.0`, `fc.3`, `fc.10`.
    /// nil where there is no source.
    func moduleNames(below module: String) -> [String]? {
        guard let tensors else { return nil }
        let module = names(module)
        var seen = Set<Substring>()
        let owners = tensors.names.filter { $0.hasPrefix(module + ".") }
            .compactMap { name in name.lastIndex(of: ".").map { name[..<$0] } }.filter { seen.insert($0).inserted }
        // Of every step of a path, as a whole name, its place among its neighbours.
        var places: [Substring: Int] = [:]
        func place(_ step: Substring) -> Int {
            if let known = places[step] { return known }
            let place = step.split(separator: ".").last.flatMap { Int($0) } ?? 1 << 32 + places.count
            places[step] = place
            return place
        }
        func path(_ owner: Substring) -> [Int] {
            (owner.indices.filter { owner[$0] == "." } + [owner.endIndex]).map { place(owner[..<$0]) }
        }
        return owners.map { (name: String($0), path: path($0)) }.sorted { $0.path.lexicographicallyPrecedes($1.path) }.map(\.name)
    }

    /// The tensors that are `module`'s own.
    func tensorNames(of module: String) -> [String] {
        tensors?.names.filter { $0.hasPrefix(module + ".") && !$0.dropFirst(module.count + 1).contains(".") } ?? []
    }

    /// Top-level modules of the source that nothing was asked of.
    var otherModules: [String] {
        func module(_ name: String) -> String { String(name.prefix { $0 != "." }) }
        let known = Set(used.map(module))
        var seen = Set<String>()
        return tensors?.names.map(module).filter { !known.contains($0) && seen.insert($0).inserted } ?? []
    }

    /// Notes that the network must not have the tensors of these names, because it would compute something else with them.
    public func excludes(_ names: String...) throws { try excludes(names) }

    func excludes(_ names: [String]) throws {
        let found = names.filter(has)
        if !found.isEmpty, case .shapes(_, stopsEarly: true) = source { throw Difference() }
        unexpected += found
    }

    /// Notes that the tensors of these names are known, though nothing is computed with them.
    func passesOver(_ names: some Sequence<String>) {
        let names = names.map { self.names($0) }
        used.formUnion(names)
        passedOver.formUnion(names)
    }

    /// Notes that the library would miss the tensor of that name, though `tensor` follows from the rest.
    func passesOver(_ name: String, derivedAs tensor: @autoclosure () -> Tensor) {
        passesOver([name])
        if case .outline = source { derived.append((names(name), tensor())) }
    }

    /// A tensor of the given shape. Zeros when it is missing or has another shape; `finish` tells.
    public func tensor(_ name: String, _ shape: Shape) throws -> Tensor {
        let name = names(name)
        switch source {
        case .random(var random):
            let fanIn = max(1, shape.dimensions.dropFirst().reduce(1, *))
            let scale = (2 / Float(fanIn)).squareRoot()
            let values = (0..<shape.count).map { _ in scale * random.normal() }
            source = .random(random)
            return Tensor(shape: shape, values: values)
        case .outline:
            asked.append((name, shape))
            // Nobody reads the values of large tensors of an outline: they stay untouched, and so take no memory. Scales and shifts are looked
            // at, as those that change nothing are not counted.
            guard shape.count > Self.mostLookedAt else { return Tensor(shape: shape, values: Array(repeating: 0.5, count: shape.count)) }
            return Tensor(shape: shape, values: [Float](unsafeUninitializedCapacity: shape.count) { $1 = shape.count })
        case .shapes(_, let stopsEarly):
            let fits = note(name, shape)
            if stopsEarly, !fits { throw Difference() }
            return Tensor(zeros: Shape(Array(repeating: 0, count: shape.rank)))
        case .tensors(let tensors):
            guard note(name, shape) else { return Tensor(zeros: shape) }
            let tensor = try tensors.tensor(name)
            if tensor.hasNonFinite { nonFinite.append(name) }
            return tensor
        }
    }

    /// True when the source has a tensor of that name and shape; if not, the difference is noted.
    private func note(_ name: String, _ shape: Shape) -> Bool {
        used.insert(name)
        guard let found = self.shape(of: name) else {
            missing.append((name, shape))
            return false
        }
        if found != shape { misshaped.append("\(name) is \(found) and should be \(shape)") }
        return found == shape
    }

    /// The share of tensors that are there in the right shape, among those asked for and those that nothing asked for: a shallower
    /// network has all of its tensors in a deeper one's.
    var fittingShare: Double {
        func counts(_ name: String) -> Bool { !name.hasSuffix(".num_batches_tracked") }
        let asked = used.filter(counts).count, left = tensors?.names.filter { counts($0) && !used.contains($0) }.count ?? 0
        return asked == 0 ? 0 : Double(asked - missing.count - misshaped.count - unexpected.count) / Double(asked + left)
    }

    /// True when every tensor of the source was asked for but those of modules of which none was: a projector beside the network
    /// changes nothing, a part within one of its blocks would.
    var leavesOnlyOtherModules: Bool { leftWithin(used).isEmpty }

    /// The tensors that nothing asked for in the modules of which `names` are parts.
    private func leftWithin(_ names: Set<String>) -> [String] {
        func module(_ name: String) -> Substring { name.prefix { $0 != "." } }
        let modules = Set(names.map(module))
        return tensors?.names.filter { !used.contains($0) && modules.contains(module($0)) } ?? []
    }

    /// The linear layer that alone keeps the source from being the network; nil when more is missing, or nothing.
    var missingLinear: (name: String, inputs: Int, hasBias: Bool)? {
        let names = Set(missing.map(\.name))
        guard misshaped.isEmpty, unexpected.isEmpty, let weight = missing.first(where: { $0.shape.rank == 2 && $0.name.hasSuffix(".weight") }) else {
            return nil
        }
        let layer = String(weight.name.dropLast(".weight".count)), bias = layer + ".bias"
        guard names.isSubset(of: [weight.name, bias]), leftWithin(used.subtracting(names)).isEmpty else { return nil }
        return (layer, weight.shape[1], names.contains(bias))
    }

    /// Throws a `Problem` when tensors that nothing asked for stand within the modules of the network: it would compute something else
    /// without them.
    func refuseRest(architecture: String) throws {
        let left = leftWithin(used)
        guard !left.isEmpty else { return }
        let seen = left.prefix(4).map { "\(printable($0)) (\(tensors?.shape(of: $0)?.description ?? "?"))" }
        throw Problem(
            "The checkpoint is no \(architecture): \(left.count) of its tensors stand within the network's modules and have no place in it",
            explanation: "They are \(seen.joined(separator: ", "))\(left.count > 4 ? " and others" : ""). "
                + "Without them the network would compute something else.",
            remedy: "Leave --architecture out to have the network recognised, name the one that has these tensors, or export the network to ONNX, "
                + "which is read without a name.")
    }

    /// Throws a `Problem` that names what was missing or mis-shaped. Returns the tensors that nothing asked for.
    @discardableResult
    public func finish(
        architecture: String, remedy: String = "Name the right network with --architecture, or leave it out to have it recognised."
    ) throws -> [String] {
        guard let tensors else { return [] }
        guard missing.isEmpty, misshaped.isEmpty, unexpected.isEmpty else {
            func list(_ items: [String]) -> String { items.listed(separator: "; ") }
            var parts: [String] = []
            if !misshaped.isEmpty { parts.append("Mis-shaped: \(list(misshaped)).") }
            if !missing.isEmpty { parts.append("Missing: \(list(missing.map { "\($0.name) (\($0.shape))" })).") }
            if !unexpected.isEmpty { parts.append("Not part of it: \(list(unexpected)).") }
            let seen = tensors.names.prefix(4).map { "\($0) (\(tensors.shape(of: $0)?.description ?? "?"))" }
            if !missing.isEmpty { parts.append("The checkpoint begins with \(seen.joined(separator: ", ")).") }
            throw Problem(
                "The checkpoint does not fit \(architecture): tensors missing \(missing.count), mis-shaped \(misshaped.count)"
                    + (unexpected.isEmpty ? "" : ", foreign \(unexpected.count)"),
                explanation: parts.joined(separator: " "), remedy: remedy)
        }
        return tensors.names.filter { !used.contains($0) }
    }
}
