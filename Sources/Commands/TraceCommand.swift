import Analysis
import ArgumentParser
import Diagnostics
import Foundation
import Images
import Network
import Relevance
import Tensors

struct TraceCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "trace", abstract: "Writes a network's activations, gradients and relevance for given inputs as safetensors.",
        discussion: """
            Writes logits, activation/<layer>, gradient/<layer> and gradient/input, all N x C x H x W in float32 (C x 1 x 1 for \
            logits). The gradient of a unit is that of the sum over its map. With --want matching it writes loss and \
            loss/<layer> (a number for each input) and the gradient of the weighted sort-matching loss. With --want relevance it \
            writes relevance/<layer> and relevance/input by the rules of a composite, and how much was lost on the way as \
            residual/<layer> in the file's metadata. With --want matching --method inner and a --target it writes the loss of an \
            inner unit: features masked by relevance, channels weighted by importance.
            """)

    @OptionGroup var source: CheckpointOptions
    @OptionGroup var directions: DirectionOptions
    @Option(
        parsing: .upToNextOption,
        help: "Images (preprocessed), or .npy/.safetensors tensors N x C x H x W taken as they are.")
    var input: [String]
    @Option(help: "Comma-separated layers.") var layers: CommaList
    @Option(help: "Comma-separated: activations, gradients, matching, relevance.") var want = CommaList(argument: "activations")
    @Option(help: "class:3, or LAYER:UNIT.") var target: String?
    @Option(help: "Reference inputs for matching: a .npy or .safetensors tensor B x C x H x W.") var references: String?
    @Option(help: "Comma-separated weights of the layers in matching; 1 each by default.") var weights: CommaList?
    @Option(help: "What matching matches: class (whole features) or inner (features relevant to --target).")
    var method = TraceMethod.class
    @Option(help: "The composite of relevance rules: \(Composite.all.map(\.name).joined(separator: ", ")).") var composite = Composite.vital.name
    @Flag(help: "Start relevance only at the position closest to the target's direction.") var restricted = false
    @Flag(help: "Start relevance where the target unit is below zero: what inhibits it.") var negative = false
    @Option(help: "Start relevance at the position closest to this direction: a .npy or .safetensors vector of the target's layer.")
    var direction: String?
    @Option(name: [.customShort("o"), .long], help: "The safetensors file to write.") var out: String
    @OptionGroup var decoding: DecodingOptions
    @OptionGroup var compute: ComputeOptions
    @OptionGroup var configuration: ConfigurationOption

    func run() throws {
        let names = layers.items
        if let twice = names.first(where: { name in names.filter { $0 == name }.count > 1 }) {
            throw Problem("--layers names \(twice) twice", kind: .usage)
        }
        let wants = Set(want.items)
        let known: Set = ["activations", "gradients", "matching", "relevance"]
        guard !wants.isEmpty else {
            throw Problem("--want asks for nothing", explanation: "It takes activations, gradients, matching, relevance.", kind: .usage)
        }
        guard wants.isSubset(of: known) else {
            throw Problem(
                "--want does not know \(wants.subtracting(known).sorted().joined(separator: ", "))",
                explanation: "It takes activations, gradients, matching, relevance.", kind: .usage)
        }
        guard !(wants.contains("matching") && wants.contains("gradients") && target != nil) else {
            throw Problem(
                "Gradients of a target and of the matching loss cannot go into one file", remedy: "Run the command twice.",
                kind: .usage)
        }
        guard !wants.contains("gradients") || target != nil || wants.contains("matching") else {
            throw Problem("--want gradients needs a --target", remedy: "Write --target class:3 or LAYER:UNIT.", kind: .usage)
        }
        let isInner = wants.contains("matching") && method == .inner
        guard !(isInner || wants.contains("relevance")) || wants.count == 1 else {
            throw Problem(
                "Relevance and the loss of an inner unit go into a file of their own", remedy: "Run the command once for each.",
                kind: .usage)
        }
        guard !(isInner || wants.contains("relevance")) || target != nil else {
            throw Problem("Relevance needs a --target", remedy: "Write --target class:3 or LAYER:UNIT.", kind: .usage)
        }
        // All of the question is read before the work begins.
        let rules = try Composite.named(composite)
        let target = try parsedTarget(), weights = try parsedWeights(count: names.count)
        try OutputFile.check(out)
        let (_, plain) = try source.load()
        plain.writeWarnings()
        let network = try directions.insert(into: plain).network
        var trace = Trace(
            layers: names, wantsActivations: wants.contains("activations"),
            target: wants.contains("gradients") && !wants.contains("matching") ? target : nil,
            threads: try compute.threadCount())
        if wants.contains("matching") {
            guard let references else { throw Problem("--want matching needs --references", kind: .usage) }
            trace.matching = (try tensor(at: references, network), weights)
        }
        let inputs = try input.map { try tensor(at: $0, network) }
        guard let first = inputs.first else { throw Problem("--input names no file", kind: .usage) }
        let rest = Array(first.shape.dimensions.dropFirst())
        guard inputs.allSatisfy({ Array($0.shape.dimensions.dropFirst()) == rest }) else {
            throw Problem("The inputs have different sizes", kind: .usage)
        }
        let count = inputs.reduce(0) { $0 + $1.shape[0] }
        let all = Tensor(shape: Shape([count] + rest), values: inputs.flatMap(\.values))
        var metadata = ["architecture": network.architecture, "engine": OneDNN.version]
        if isInner || wants.contains("relevance"), let target {
            let relevance = RelevanceTrace(
                layers: names, target: target, composite: rules, start: try start(target, network), matching: isInner ? trace.matching : nil,
                threads: trace.threads)
            let result = try relevance.run(network, inputs: all)
            metadata.merge(result.metadata) { $1 }
            if let remark = rules.foldingRemark(on: network) {
                metadata["remark"] = remark
                StandardError.write("Relevance: \(remark)\n")
            }
            try Safetensors.write(result.tensors, metadata: metadata, to: out)
        } else {
            try Safetensors.write(try trace.run(network, inputs: all), metadata: metadata, to: out)
        }
    }

    private func start(_ target: Trace.Target, _ network: ImageNetwork) throws -> RelevanceStart? {
        if let direction {
            let file = direction.hasSuffix(".npy") ? try NumPyFile.read(path: direction) : try onlyTensor(of: direction)
            guard file.values.allSatisfy(\.isFinite) else { throw Problem("\(direction) holds NaN or infinity", kind: .usage) }
            return .direction(file.values)
        }
        if negative {
            guard case .unit(_, let unit) = target, !restricted else {
                throw Problem("--negative is for whole maps of units", remedy: "Write --target LAYER:UNIT, without --restricted.", kind: .usage)
            }
            return .map(unit: unit, sign: -1)
        }
        guard restricted else { return nil }
        switch target {
        case .classOutput: return nil
        case .unit(_, let unit): return .bestPosition(unit: unit)
        }
    }

    private func parsedTarget() throws -> Trace.Target? {
        guard let target else { return nil }
        guard let colon = target.lastIndex(of: ":"), let number = Int(target[target.index(after: colon)...]) else {
            throw Problem("--target “\(target)” is not class:NUMBER or LAYER:UNIT", kind: .usage)
        }
        let name = String(target[..<colon])
        return name == "class" ? .classOutput(number) : .unit(layer: name, unit: number)
    }

    private func parsedWeights(count: Int) throws -> [Float] {
        guard let weights else { return Array(repeating: 1, count: count) }
        let values = try weights.items.map {
            guard let value = Float($0), value.isFinite else { throw Problem("--weights: “\($0)” is not a number", kind: .usage) }
            return value
        }
        guard values.count == count else {
            throw Problem(
                "--weights has \(values.count) numbers, --layers \(count) names", explanation: "Each layer has one weight.",
                kind: .usage)
        }
        return values
    }

    /// A file as N x C x H x W, all of its values finite.
    private func tensor(at path: String, _ network: ImageNetwork) throws -> Tensor {
        let tensor = try anyTensor(at: path, network)
        if let place = tensor.values.firstIndex(where: { !$0.isFinite }) {
            throw Problem(
                "\(path) holds NaN or infinity", explanation: "The first is value \(place) of \(tensor.values.count).",
                remedy: "Give inputs that are numbers.", kind: .usage)
        }
        return tensor
    }

    private func anyTensor(at path: String, _ network: ImageNetwork) throws -> Tensor {
        if path.hasSuffix(".npy") { return try batched(NumPyFile.read(path: path), path) }
        if path.hasSuffix(".safetensors") {
            return try batched(try onlyTensor(of: path), path)
        }
        let preprocessing = try Preprocessing(network.input)
        let picture = preprocessing.picture(try ImageDecoder.picture(at: path, decoding.decoding()))
        var result = Tensor(zeros: Shape([1] + network.input.shape.dimensions))
        result.values.withUnsafeMutableBufferPointer {
            if let base = $0.baseAddress { preprocessing.tensorValues(of: picture, into: base) }
        }
        return result
    }

    private func onlyTensor(of path: String) throws -> Tensor {
        let file = try Checkpoint.read(path: path)
        guard let name = file.names.first, file.names.count == 1 else {
            throw Problem("\(path) holds \(file.names.count) tensors; one is expected", kind: .usage)
        }
        return try file.tensor(name)
    }

    private func batched(_ tensor: Tensor, _ path: String) throws -> Tensor {
        let shape = tensor.shape
        if shape.rank == 3 { return tensor.reshaped(to: Shape([1] + shape.dimensions)) }
        guard shape.rank == 4 else { throw Problem("\(path) is \(shape); N x C x H x W is expected", kind: .usage) }
        return tensor
    }
}

/// What the matching loss of a trace matches.
enum TraceMethod: String, ExpressibleByArgument, CaseIterable {
    case `class`, inner
}
