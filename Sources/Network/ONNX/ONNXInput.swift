import Diagnostics
import Tensors

/// The one input of a classifier: its image.
struct ONNXInput {
    let name: String
    /// C x H x W.
    let shape: Shape
    /// True for N x H x W x C, as Keras has it.
    let isChannelsLast: Bool
    /// True when the model states height and width.
    let isFixed: Bool
    /// True where pixels are whole numbers from 0 to 255.
    let takesBytes: Bool
    /// How many images the model takes at once; 1 where it leaves that open.
    let batch: Int
    /// Inputs that no node takes.
    let idle: [String]
    /// What to say when something goes wrong with a model that is made for several images at once.
    let batchRemark: String?

    /// `taken` are the names that nodes take, `size` is height and width where the model leaves them open.
    /// - Throws: `Problem` when `graph` does not take one image.
    init(_ graph: ONNXGraph, taken: Set<String>, size: [Int]?) throws {
        // The earliest files list weights among the inputs.
        let weights = Set(graph.initializers.map(\.name))
        let stated = graph.inputs.filter { !weights.contains($0.name) }
        // Exporters leave inputs behind whose nodes they folded.
        let used = stated.filter { taken.contains($0.name) }
        let inputs = used.isEmpty ? stated : used
        guard let input = inputs.first, inputs.count == 1 else {
            throw Problem(
                "it has \(inputs.count) inputs\(inputs.isEmpty ? "" : ": \(inputs.prefix(5).map { printable($0.name) }.joined(separator: ", "))")",
                explanation: "An image classifier takes one, the image.")
        }
        func refuse(_ what: String) -> Problem {
            Problem(
                "its input '\(printable(input.name))' \(what)",
                explanation: """
                    Images come as N x C x H x W or N x H x W x C, of three channels, one or a few, in floating-point numbers or as bytes.
                    """)
        }
        let type = ONNXTensor.elementTypes[input.elementType]
        guard input.elementType == 0 || type == .uint8 || type?.isFloatingPoint == true else {
            throw refuse("takes \(type?.rawValue ?? "elements of type \(input.elementType)")")
        }
        guard let extents = input.extents, extents.count == 4 else {
            throw refuse("has \(input.extents.map { "\($0.count)" } ?? "an unknown number of") axes")
        }
        func known(_ axis: Int) -> Int? {
            if case .fixed(let extent) = extents[axis], extent != 0, extent != -1 { extent } else { nil }
        }
        for axis in 0..<4 {
            if let extent = known(axis), !(1...1 << 14).contains(extent) { throw refuse("has an extent of \(extent)") }
        }
        guard let channels = Self.channels(first: known(1), last: known(3)) else {
            throw refuse("has no axis of channels: \(extents.map(\.description).joined(separator: " x "))")
        }
        isChannelsLast = channels.areLast
        let sides = (isChannelsLast ? [1, 2] : [2, 3]).map(known)
        for (wanted, extent) in zip(size ?? [], sides) {
            if let extent, extent != wanted {
                throw Problem(
                    "it is made for images of \(sides.map { $0.map(String.init) ?? "any" }.joined(separator: " x ")) pixels, not \(wanted)",
                    remedy: "Leave the size out, or export the model with open height and width.", kind: .usage)
            }
        }
        name = input.name
        // One side that is stated is taken for both: most images are square.
        shape = [channels.count, sides[0] ?? size?[0] ?? sides[1] ?? 224, sides[1] ?? size?[1] ?? sides[0] ?? 224]
        guard shape.count <= 1 << 26 else { throw refuse("is of impossible size: \(shape)") }
        isFixed = sides[0] != nil && sides[1] != nil
        takesBytes = type == .uint8
        batch = known(0) ?? 1
        idle = used.isEmpty ? [] : stated.map(\.name).filter { !taken.contains($0) }
        batchRemark =
            batch == 1
            ? nil
            : "The model was exported for \(batch) images at once; exported for one, or with an open batch axis, it may be understood."
    }

    /// Which of the axes around height and width is that of the channels, by their extents, and how many there are; nil when neither may
    /// be. Three are likelier than one, one than others, and those first than last.
    private static func channels(first: Int?, last: Int?) -> (count: Int, areLast: Bool)? {
        for count in [3, 1] {
            if first == count { return (count, false) }
            if last == count { return (count, true) }
        }
        // Nothing is known: as most networks have it.
        guard let first else { return (3, false) }
        if first <= mostChannels { return (first, false) }
        return last.flatMap { $0 <= mostChannels ? ($0, true) : nil }
    }

    private static let mostChannels = 64

    /// The image as ONNX sees it, at batch 1.
    func value(_ draft: inout NetworkDraft) throws -> ONNXValue {
        guard isChannelsLast else { return try draft.value(0, [1] + shape.dimensions) }
        return try draft.value(draft.add(Rearrangement(.transpose([1, 2, 0])), 0), [1, shape[1], shape[2], shape[0]])
    }
}

extension ONNXValueInfo.Extent: CustomStringConvertible {
    var description: String {
        switch self {
        case .fixed(let extent): String(extent)
        case .open(let name): name.map(printable) ?? "?"
        }
    }
}
