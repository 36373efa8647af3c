import Diagnostics
import Tensors

/// Makes a classifier of an imported ONNX graph: finds its logits, gives layers their names, and tells stages apart.
struct ONNXNetwork {
    private let model: ONNXModel
    private let input: ONNXInput
    private var draft: NetworkDraft
    private let origins: [ONNXImport.Origin]
    private let images: [String: ImageValue]

    init(_ model: ONNXModel, _ input: ONNXInput, _ work: ONNXImport) {
        (self.model, self.input, draft, origins, images) = (model, input, work.draft, work.origins, work.images)
        draft.recogniseWholeOperations()
    }

    /// - Throws: `Problem` when no output is that of a classifier.
    mutating func network() throws -> ImageNetwork {
        let (logits, classes, stripped) = try logits()
        var needed = Set<Int>(), open = [logits]
        while let node = open.popLast() { if needed.insert(node).inserted { open += draft.nodes[node].inputs } }
        guard needed.contains(0) else { throw Problem("its output does not depend on the image") }

        var names = LayerNames(draft, origins, needed)
        var graph = Graph(), place: [Int: Int] = [0: 0]
        for node in needed.sorted() where node > 0 {
            let operation = draft.nodes[node]
            place[node] = graph.add(names.name(of: node), operation.operation, inputs: operation.inputs.compactMap { place[$0] })
        }
        for (alias, node) in names.aliases(standIn: draft.standIn(for:)) {
            if let node = place[node], graph.index[alias] == nil { graph.alias(alias, node) }
        }
        for (synonym, node) in names.synonyms(images, standIn: draft.standIn(for:)) {
            if let node = place[node], node > 0, graph.index[synonym] == nil { graph.addSynonym(synonym, node) }
        }

        var logitsName = graph.nodes[place[logits] ?? 0].name
        let head = ImageNetwork.Head(
            classes == 1 ? .score : stripped == .sigmoid ? .labels : .classes, outputs: classes, module: logitsName)
        if head.kind == .score { logitsName = graph.addOpposite(of: place[logits] ?? 0) }
        let stages = try Stages(graph, modules: names.modules, input: input.shape)
        let size = Array(input.shape.dimensions[1...])
        let shorter = min(size[0], size[1])
        // Nothing in an ONNX file says how pictures are prepared: ImageNet's way for photographs, whole pictures where they are small.
        var preparation = ImageNetwork.Input(resize: shorter > 64 && size[0] == size[1] ? shorter * 8 / 7 : nil, size: size)
        for part in ImageNetwork.Input.Part.allCases { preparation.sources[part] = .assumed }
        preparation.sources[.layout] = .graph
        if input.isFixed { preparation.sources[.size] = .graph }
        preparation.isChannelsLast = input.isChannelsLast
        preparation = preparation.adapted(toChannels: input.shape[0])
        if preparation.channelOrder == .grey, shorter <= 64 {
            // Of digits and letters nobody knows ImageNet's mean.
            (preparation.mean, preparation.standardDeviation) = ([0], [1])
        }
        return ImageNetwork(
            architecture: "onnx", displayName: displayName + (stripped.map { ", without its last \($0.rawValue)" } ?? ""), graph: graph,
            input: preparation, logits: logitsName, classCount: head.kind == .score ? 2 : classes, head: head,
            landmarks: stages.landmarks.filter { graph.index[$0] != place[logits] } + [logitsName], reported: stages.reported,
            matched: stages.matched.map { ($0, 1) })
    }

    private var displayName: String {
        let file = model.path.split(separator: "/").last.map(String.init) ?? model.path
        let stem = file.lowercased().hasSuffix(".onnx") ? String(file.dropLast(5)) : file
        let isTelling = !["", "main_graph", "torch_jit", "torch-jit-export", "tf2onnx", "graph", "main"].contains(
            model.graph.name)
        return printable(isTelling ? model.graph.name : stem)
    }

    /// What makes probabilities of logits.
    private enum Ending: String {
        case softmax
        case sigmoid
    }

    /// The node of the first output with one number a class, before a softmax or sigmoids; the number of classes; what there was.
    private mutating func logits() throws -> (node: Int, classes: Int, stripped: Ending?) {
        for output in model.graph.outputs {
            guard let image = images[output.name], image.dimensions.first == 1 else { continue }
            let long = image.dimensions.filter { $0 != 1 }
            guard long.count <= 1, image.rank >= 2, image.rank > 2 || image.dimensions.count == 2 else { continue }
            var node = draft.standIn(for: image.node), stripped: Ending?
            while true {
                let operation = draft.nodes[node].operation
                if let pointwise = operation as? Pointwise, pointwise.function == .logarithm,
                    isWholeSoftmax(draft.nodes[node].inputs[0])
                {
                    node = draft.nodes[node].inputs[0]
                } else if isWholeSoftmax(node) {
                    stripped = .softmax
                    node = draft.standIn(for: draft.nodes[node].inputs[0])
                } else if let pointwise = operation as? Pointwise, pointwise.function == .sigmoid, stripped == nil {
                    stripped = .sigmoid
                    node = draft.standIn(for: draft.nodes[node].inputs[0])
                } else if operation is Reshaping, draft.shape(draft.nodes[node].inputs[0]).isVector {
                    node = draft.standIn(for: draft.nodes[node].inputs[0])
                } else {
                    break
                }
            }
            let classes = long.first ?? 1
            // Row-major, whatever they were before.
            if !draft.shape(node).isVector { node = try draft.view(node, as: [classes]) }
            return (node, classes, stripped)
        }
        let found = model.graph.outputs.prefix(5).map { output in
            "'\(printable(output.name))' (\(images[output.name].map { $0.dimensions.map(String.init).joined(separator: " x ") } ?? "constant"))"
        }
        throw Problem(
            "none of its outputs is that of a classifier: \(found.joined(separator: ", "))",
            explanation: ["An output of one number for each class was expected: 1 x classes.", input.batchRemark].compactMap {
                $0
            }.joined(separator: " "))
    }

    private func isWholeSoftmax(_ node: Int) -> Bool {
        guard let softmax = draft.nodes[node].operation as? Softmax, let axis = try? draft.shape(node).axis(softmax.axis) else {
            return false
        }
        return draft.shape(node)[axis] == draft.shape(node).count
    }
}
