import Diagnostics
package import Tensors

/// A family member that Vitrine can build from named tensors: `resnet50`, `cifar_resnet20`.
///
/// The next architecture: a file beside `ResNet.swift`, written with `NetworkBuilder`, and a line in `Architectures.all`; for
/// its tests, a line in `make_goldens.py` beside the golden files. Layers bear the names of the checkpoint's modules.
public protocol Architecture: Sendable {
    /// As `--architecture` takes it.
    var name: String { get }
    /// As a paper would call it.
    var displayName: String { get }
    /// False where another in the list has the same tensors, and is likelier: this one has to be named.
    var isRecognised: Bool { get }
    /// The network with its values; problems of tensors are collected in `parameters`.
    func build(_ parameters: Parameters) throws -> ImageNetwork
}

extension Architecture {
    public var isRecognised: Bool { true }

    /// True when all of the network's tensors are there in their shapes, and none besides in the modules it is made of; its head may be
    /// missing unless it is needed. Reads no values.
    func fits(_ tensors: any TensorSource, needsHead: Bool = false) -> Bool {
        let parameters = Parameters(shapesOf: tensors, stopsEarly: true, needsHead: needsHead)
        return (try? build(parameters)) != nil && parameters.leavesOnlyOtherModules
    }

    /// Names and shapes of the network's tensors, as a checkpoint has them.
    package func tensorShapes() throws -> [(name: String, shape: Shape)] {
        let parameters = Parameters()
        _ = try build(parameters)
        return parameters.asked
    }
}

/// All networks that are known by name. The next family goes at the end.
public enum Architectures {
    public static let all: [any Architecture] =
        CIFARResNet.all
        + CIFARWideResNet.all
        + CIFARVGG.all
        + CIFARShuffleNet.all
        + ResNet.all
        + VGG.all
        + AlexNet.all
        + DenseNet.all
        + GoogLeNet.all
        + InceptionV3.all
        + RegNet.all
        + SqueezeNet.all
        + MobileNetV2.all
        + MobileNetV3.all
        + MNASNet.all
        + ShuffleNetV2.all
        + EfficientNet.all
        + MobileFamily.all
        + ConvNeXt.all
        + VisionTransformer.all
        + TimmVisionTransformer.all
        + TransformersEncoder.all
        + Swin.all

    /// The architecture of that name. Throws a `Problem` that offers the nearest.
    public static func named(_ name: String) throws -> any Architecture {
        // `ResNet20` and `efficientnet-lite0` are what people write, too.
        let plain = name.lowercased().replacing("-", with: "_")
        for prefix in ["", "cifar_", "timm_", "transformers_"] {
            if let found = all.first(where: { $0.name == prefix + plain }) { return found }
        }
        let names = all.map(\.name)
        // What people write for CIFAR's networks is near to those, not to others of longer names.
        let short = names.filter { $0.hasPrefix("cifar_") }.map { String($0.dropFirst("cifar_".count)) }
        var near: [String] = []
        for found in nearestNames(to: plain, among: short + names, count: 6) {
            let full = try named(found).name
            if !near.contains(full) { near.append(full) }
        }
        // Papers' names are titles, which networks of several widths share.
        let titled = all.filter { $0.displayName.prefix { $0 != " " }.lowercased() == name.lowercased() }.map(\.name)
        near.insert(contentsOf: titled.filter { !near.contains($0) }, at: min(1, near.count))
        throw Problem(
            "There is no architecture “\(printable(name))”",
            explanation: near.isEmpty ? nil : "Did you mean \(near.prefix(4).joined(separator: ", "))?", remedy: "Known are \(families).",
            kind: .usage)
    }

    /// The first member of each family, for messages that are no place for all names.
    private static var families: String {
        var seen = Set<ObjectIdentifier>()
        let first = all.filter { seen.insert(ObjectIdentifier(type(of: $0))).inserted }.map(\.name)
        return first.joined(separator: ", ") + " and others of these \(first.count) families, which `vitrine architectures` lists"
    }

    /// The network in `tensors`: of the architecture named, or the one recognised from names and shapes, with the layers that match
    /// templates where there are tensors of some.
    public static func network(_ tensors: any TensorSource, architecture name: String?) throws -> ImageNetwork {
        let templates = TemplateTensors(tensors)
        return try templates.inserted(into: plainNetwork(templates.rest, architecture: name))
    }

    private static func plainNetwork(_ tensors: any TensorSource, architecture name: String?) throws -> ImageNetwork {
        guard let respelled = RespelledTensors(tensors) else { return try spelledNetwork(tensors, architecture: name) }
        try respelled.spelling.requireOwn(tensors.configuration)
        var network = try spelledNetwork(respelled, architecture: name)
        network.unusedTensors = network.unusedTensors.map(respelled.original)
        network.nonFiniteTensors = network.nonFiniteTensors.map(respelled.original)
        network.displayName = "\(network.displayName.replacing(" (timm)", with: "")) (\(respelled.spelling.library))"
        network.input = respelled.spelling.input
        return network
    }

    private static func spelledNetwork(_ tensors: any TensorSource, architecture name: String?) throws -> ImageNetwork {
        // Shapes first: extents in a file are anything until they have been compared.
        let architecture = try name.map { try fitting($0, tensors) } ?? recognised(tensors)
        let parameters = Parameters(tensors)
        var network = try architecture.build(parameters)
        network.unusedTensors = try parameters.finish(architecture: architecture.name)
        network.doubtClasses(tensors)
        network.nonFiniteTensors = parameters.nonFinite
        (network.assumptions, network.sizeAssumption) = (parameters.assumptions, parameters.sizeAssumption)
        if name == nil {
            network.alternatives = all.filter { !$0.isRecognised && $0.fits(tensors) }.map(\.name)
        }
        guard network.head.kind != .classes || network.head.outputs > 0 else {
            throw Problem("The checkpoint has no classes: \(network.head.module).weight is empty", remedy: "Use a checkpoint of a classifier.")
        }
        // Shapes that fit one by one may still not fit together.
        let shapes = try network.graph.shapes(input: network.input.shape)
        if !network.hasClasses { network.head.outputs = shapes[try network.graph.node(named: network.logits)][0] }
        return network
    }

    /// The architecture of that name. Throws a `Problem` also when tensors are missing or mis-shaped for it.
    private static func fitting(_ name: String, _ tensors: any TensorSource) throws -> any Architecture {
        let architecture = try named(name)
        let shapes = Parameters(shapesOf: tensors)
        _ = try architecture.build(shapes)
        try shapes.finish(architecture: architecture.name)
        try shapes.refuseRest(architecture: architecture.name)
        return architecture
    }

    /// The first of `architectures` that `tensors` make, with or without tensors of templates; nil when there is none. Reads no values.
    static func fitting(_ tensors: any TensorSource, among architectures: [any Architecture], needsHead: Bool) -> (any Architecture)? {
        let rest = TemplateTensors(tensors).rest
        return architectures.first { $0.fits(rest, needsHead: needsHead) }
    }

    /// The network with random values.
    public static func random(_ name: String, seed: UInt64) throws -> ImageNetwork {
        try named(name).build(Parameters(seed: seed))
    }

    private static func recognised(_ tensors: any TensorSource) throws -> any Architecture {
        for needsHead in [true, false] {
            if let found = all.first(where: { $0.isRecognised && $0.fits(tensors, needsHead: needsHead) }) { return found }
        }
        try explainNearest(tensors)
        let seen = tensors.names.prefix(6).map { "\($0) (\(tensors.shape(of: $0)?.description ?? "?"))" }
        throw Problem(
            "The architecture of this checkpoint was not recognised",
            explanation: tensors.names.isEmpty
                ? "It holds no tensors."
                : "It holds \(tensors.names.count) tensors, the first being \(seen.joined(separator: ", ")).",
            remedy: "Name it with --architecture if it is one of a known family under other names, or export the network to ONNX, which is "
                + "read without a name. Known are \(families).")
    }
}

extension Architectures {
    /// Throws a `Problem` that names what keeps `tensors` from being the network they nearly are, if they are nearly one.
    private static func explainNearest(_ tensors: any TensorSource) throws {
        var nearest: (name: String, parameters: Parameters, share: Double)?
        for architecture in all {
            let parameters = Parameters(shapesOf: tensors)
            guard architecture.isRecognised, (try? architecture.build(parameters)) != nil else { continue }
            let share = parameters.fittingShare
            if share > nearest?.share ?? 0.5 { nearest = (architecture.name, parameters, share) }
        }
        guard let nearest else { return }
        do {
            try nearest.parameters.finish(architecture: nearest.name)
            try nearest.parameters.refuseRest(architecture: nearest.name)
        } catch let problem as Problem {
            throw Problem(
                "The architecture was not recognised. " + problem.summary, explanation: problem.explanation,
                remedy: "Use a whole checkpoint, name the right network with --architecture, or export the network to ONNX, which is read as it is.")
        }
    }
}
