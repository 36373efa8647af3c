import Diagnostics
import Foundation
import Tensors

extension Directions {
    /// What is told of a file of directions, before what it says itself.
    public struct Told: Sendable {
        public var layer: String?
        /// `none`, `relu`, `topk` or `jumprelu`.
        public var activation: String?
        public var kept: Int?

        public init(layer: String? = nil, activation: String? = nil, kept: Int? = nil) {
            self.layer = layer
            self.activation = activation
            self.kept = kept
        }
    }

    /// The most that a layer of directions may have: every one of them gets statistics and a page.
    public static let most = 1 << 16

    /// The directions in a file, whose tensors go by the usual names, for a layer of `network`.
    ///
    /// - Throws: `Problem` when the file cannot be read, its tensors do not fit together or hold NaN, or it is not clear which layer or what
    ///   activation is meant.
    public static func read(path: String, for network: ImageNetwork, told: Told = Told()) throws -> Directions {
        let checkpoint = try Checkpoint.read(path: path, prefix: "")
        guard !checkpoint.bringsNetwork else {
            throw Problem("\(path) is a model, not directions", remedy: "Save the directions as safetensors.", kind: .usage)
        }
        var reader = try DirectionReader(checkpoint, network, told)
        return try reader.directions()
    }
}

/// Makes directions of a file's tensors and of what is said of them.
private struct DirectionReader {
    let path: String
    let network: ImageNetwork
    let told: Directions.Told
    let tensors: DirectionTensors
    let notes: DirectionNotes
    private var remarks: [String] = []

    init(_ checkpoint: Checkpoint, _ network: ImageNetwork, _ told: Directions.Told) throws {
        path = checkpoint.path
        self.network = network
        self.told = told
        tensors = try DirectionTensors(checkpoint)
        notes = DirectionNotes(checkpoint)
    }

    mutating func directions() throws -> Directions {
        let (count, channels) = try extents()
        let layer = try layer(channels: channels)
        if let otherwise = notes.otherwise {
            throw Problem(
                "\(path) is of an autoencoder that does more than is done here: \(otherwise.what)",
                explanation: "That is what \(otherwise.source) says. Activations are taken as the layer gives them.",
                remedy: "Fold it into the weights before they are saved, or train without.")
        }
        var (weights, offsets) = try product(count, channels)
        let (activation, assumed) = try DirectionActivation(path: path, told: told, tensors: tensors, notes: notes).read(count)
        remarks += assumed
        var decoder = try decoder(count, channels)
        if let made = decoder {
            if try takesOffBias(activation) { Self.takeOff(made.offsets, weights, &offsets) }
            if notes.scalesByDecoder { decoder = Self.scaled(by: made, &weights, &offsets) }
        }
        if let mean = try tensors.vector(.mean, count: channels, of: "channel") { Self.takeOff(mean, weights, &offsets) }
        let empty = (0..<count).count { row in weights.values[row * channels..<(row + 1) * channels].allSatisfy { $0 == 0 } }
        if empty > 0 { remarks.append("\(empty) of the \(count) directions are zero") }
        if let names = NameSummary(tensors.unused).text { remarks.append("Not used of \(path): \(names)") }
        let names = try names(count)
        return Directions(
            path: path, layer: layer, kind: tensors.isDictionary ? .dictionary : tensors.found[.vectors]?.kind ?? .vectors,
            activation: activation, weights: weights, offsets: offsets, decoder: decoder, names: names, remarks: remarks)
    }

    // MARK: Shapes

    /// How many directions of how many channels, by the shapes, before any value is read.
    private func extents() throws -> (count: Int, channels: Int) {
        let role: DirectionTensors.Role = tensors.isDictionary ? .encoder : .vectors
        let extents: (count: Int, channels: Int)
        if let name = tensors.name(role), let shape = tensors.shape(role), let spelling = tensors.found[role] {
            guard shape.rank == 2 || shape.rank == 1 && role == .vectors, shape.count > 0 else {
                throw unexpected(name, shape, spelling.isTransposed ? "channels x directions" : "directions x channels")
            }
            let dimensions = shape.rank == 1 ? [1, shape[0]] : shape.dimensions
            extents = spelling.isTransposed ? (dimensions[1], dimensions[0]) : (dimensions[0], dimensions[1])
        } else {
            extents = (tensors.single.count, tensors.single.first.flatMap { tensors.length(of: $0) } ?? 0)
        }
        guard extents.count <= Directions.most else {
            throw Problem(
                "\(path) has \(extents.count) directions", explanation: "A layer can have \(Directions.most): each has statistics and a page of its own.",
                remedy: "Save those that are of interest.")
        }
        if let spelling = tensors.found[.decoder], let shape = tensors.shape(.decoder), let name = tensors.name(.decoder) {
            let wanted = spelling.isTransposed ? [extents.count, extents.channels] : [extents.channels, extents.count]
            guard shape.dimensions == wanted else {
                throw unexpected(
                    name, shape, "\(Shape(wanted)), as \(printable(tensors.name(.encoder) ?? "")) is \(tensors.shape(.encoder)?.description ?? "")")
            }
        }
        // As stored, put in order, and as the engine packs them.
        let bytes = extents.count.multipliedReportingOverflow(by: extents.channels * (tensors.isDictionary ? 2 : 1) * 3 * MemoryLayout<Float>.size)
        let memory = Int(clamping: ProcessInfo.processInfo.physicalMemory)
        guard !bytes.overflow, bytes.partialValue <= memory else {
            throw Problem(
                "\(extents.count) directions of \(extents.channels) channels do not fit into memory",
                explanation: "This machine has \(memory >> 20) MiB, and \(path) would take \(bytes.overflow ? "more" : "\(bytes.partialValue >> 20)").",
                remedy: "Save those that are of interest.")
        }
        return extents
    }

    private func unexpected(_ name: String, _ shape: Shape, _ expected: String) -> Problem {
        Problem("\(path): \(printable(name)) is \(shape)", explanation: "Expected: \(expected).", remedy: "Save the file anew from what was trained.")
    }

    // MARK: The layer

    private mutating func layer(channels: Int) throws -> String {
        let shapes = try network.graph.mapShapes(input: network.input.shape)
        func fits(_ name: String) -> Bool {
            network.graph.index[name].map { $0 > 0 && shapes[$0][0] == channels } ?? false
        }
        /// Layers that would do, the ends of stages first.
        var choice: String {
            let fitting = network.graph.layerNames.filter(fits), landmarks = network.landmarks.filter(fits)
            let offered = (landmarks.isEmpty ? fitting : landmarks).prefix(8)
            return offered.isEmpty
                ? "No layer of this network has \(channels) channels." : "Layers of \(channels) channels: \(offered.joined(separator: ", "))."
        }
        let stated = notes.layer
        guard let name = told.layer ?? stated?.value else {
            throw Problem(
                "It is not said which layer the directions of \(path) are of", explanation: choice,
                remedy: "Name it with --directions-layer, or in the file’s metadata as layer.", kind: .usage)
        }
        if told.layer == nil, network.graph.index[name] == nil {
            throw Problem(
                "\(path) is of a layer “\(printable(name))”, which this network does not have",
                explanation: "That is what \(stated?.source ?? "the file") says. \(choice)", remedy: "Name it with --directions-layer.", kind: .usage)
        }
        let node = try network.graph.node(named: name)
        guard fits(name) else {
            throw Problem(
                "\(path) has directions of \(channels) channels, and \(name) has \(node == 0 ? "none: it is the image" : "\(shapes[node][0])")",
                explanation: choice, remedy: "Name the layer they are of with --directions-layer.", kind: .usage)
        }
        if told.layer == nil, let stated { remarks.append("The directions are of \(name): \(stated.source) says so") }
        return name
    }

    // MARK: Values

    private func product(_ count: Int, _ channels: Int) throws -> (weights: Tensor, offsets: [Float]) {
        let shape: Shape = [count, channels]
        if !tensors.single.isEmpty {
            return (Tensor(shape: shape, values: try tensors.single.flatMap { try tensors.values($0).values }), Array(repeating: 0, count: count))
        }
        let role: DirectionTensors.Role = tensors.isDictionary ? .encoder : .vectors
        guard let stored = try tensors.values(role) else { preconditionFailure("directions were found") }
        let weights = tensors.found[role]?.isTransposed == true ? stored.transposed : stored.reshaped(to: shape)
        let bias = try tensors.vector(tensors.isDictionary ? .encoderBias : .offset, count: count, of: "direction")
        return (weights, bias ?? Array(repeating: 0, count: count))
    }

    private func decoder(_ count: Int, _ channels: Int) throws -> Directions.Decoder? {
        guard tensors.isDictionary, let stored = try tensors.values(.decoder) else { return nil }
        let weights = tensors.found[.decoder]?.isTransposed == true ? stored.transposed : stored
        let bias = try tensors.vector(.decoderBias, count: channels, of: "channel")
        return Directions.Decoder(weights: weights, offsets: bias ?? Array(repeating: 0, count: channels))
    }

    /// `W (x - shift) + b` as `W x + b`.
    private static func takeOff(_ shift: [Float], _ weights: Tensor, _ offsets: inout [Float]) {
        let channels = shift.count
        for row in offsets.indices {
            var product = 0.0
            for channel in 0..<channels { product += Double(weights.values[row * channels + channel]) * Double(shift[channel]) }
            offsets[row] = Float(Double(offsets[row]) - product)
        }
    }

    /// Latents counted in lengths of what they decode to (SAELens, `rescale_acts_by_decoder_norm`): the encoder times them, the decoder by them.
    private static func scaled(by decoder: Directions.Decoder, _ weights: inout Tensor, _ offsets: inout [Float]) -> Directions.Decoder {
        let (channels, count) = (decoder.weights.shape[0], decoder.weights.shape[1])
        var result = decoder
        for latent in 0..<count {
            let squares = (0..<channels).reduce(0.0) { $0 + Double(decoder.weights.values[$1 * count + latent]) * Double(decoder.weights.values[$1 * count + latent]) }
            let norm = Float(squares.squareRoot())
            guard norm > 0 else { continue }
            offsets[latent] *= norm
            for channel in 0..<channels {
                weights.values[latent * channels + channel] *= norm
                result.weights.values[channel * count + latent] /= norm
            }
        }
        return result
    }

    private mutating func takesOffBias(_ activation: Directions.Activation) throws -> Bool {
        guard let spelling = tensors.found[.decoderBias], let name = tensors.name(.decoderBias) else { return false }
        if let stated = notes.takesOffBias { return stated.value }
        if let known = spelling.isTakenOff { return known }
        // dictionary_learning and sparsify, which have `encoder.weight`, always do.
        if tensors.found[.encoder]?.isTransposed == false { return true }
        if case .jump = activation {
            remarks.append("Assumed: \(name) is not taken off what the encoder sees, as Gemma Scope’s JumpReLU does; nothing says apply_b_dec_to_input")
            return false
        }
        remarks.append("Assumed: \(name) is taken off what the encoder sees, as SAELens does by default; nothing says apply_b_dec_to_input")
        return true
    }

    // MARK: Names

    private func names(_ count: Int) throws -> [String]? {
        let given: (value: [String], source: String)
        if let stated = notes.names { given = stated } else if !tensors.single.isEmpty { given = (tensors.single, path) } else { return nil }
        guard given.value.count == count else {
            throw Problem(
                "\(path) has \(count) directions, and names for \(given.value.count)", explanation: "That is what \(given.source) says.",
                remedy: "Give every direction a name, or none.")
        }
        var seen = Set<String>()
        let names = given.value.map { printable($0).trimmingCharacters(in: .whitespaces) }
        for name in names {
            guard !name.isEmpty else { throw Problem("\(path) has a direction with an empty name", remedy: "Give every direction a name, or none.") }
            guard seen.insert(name).inserted else {
                throw Problem("\(path) has two directions called “\(name)”", remedy: "Give them different names.")
            }
        }
        return names
    }
}

extension Tensor {
    /// A matrix with rows and columns exchanged.
    fileprivate var transposed: Tensor {
        let (rows, columns) = (shape[0], shape[1])
        var result = Tensor(zeros: [columns, rows])
        for row in 0..<rows { for column in 0..<columns { result.values[column * rows + row] = values[row * columns + column] } }
        return result
    }
}
