import Diagnostics
import Tensors

/// Makes a classifier of an imported ONNX graph: finds its logits, gives layers their names, and tells stages apart.
struct ONNXNetwork {
    private let work: ONNXImport
    private var draft: NetworkDraft

    init(_ work: ONNXImport) {
        self.work = work
        draft = work.draft
        draft.recogniseWholeOperations()
    }

    /// - Throws: `Problem` or `ONNXImport.Failure` when no output is that of a classifier.
    mutating func network() throws -> ImageNetwork {
        let (scores, remark) = try ONNXClassifier(work, draft).scores()
        var logits = scores.node
        // Row-major, whatever they were before.
        if !draft.shape(logits).isVector { logits = try draft.view(logits, as: [scores.classes]) }
        var needed = Set<Int>(), open = [logits]
        while let node = open.popLast() { if needed.insert(node).inserted { open += draft.nodes[node].inputs } }
        guard needed.contains(0) else { throw Problem("its output does not depend on the image") }

        var names = LayerNames(draft, work.origins, needed)
        var graph = Graph(), place: [Int: Int] = [0: 0]
        for node in needed.sorted() where node > 0 {
            let operation = draft.nodes[node]
            place[node] = graph.add(names.name(of: node), operation.operation, inputs: operation.inputs.compactMap { place[$0] })
        }
        for (alias, node) in names.aliases(standIn: draft.standIn(for:)) {
            if let node = place[node], graph.index[alias] == nil { graph.alias(alias, node) }
        }
        for (synonym, node) in names.synonyms(work.images, standIn: draft.standIn(for:)) {
            if let node = place[node], node > 0, graph.index[synonym] == nil { graph.addSynonym(synonym, node) }
        }

        let logitsName = graph.nodes[place[logits] ?? 0].name
        let stages = try Stages(graph, modules: names.modules, input: work.input.shape)
        let size = Array(work.input.shape.dimensions[1...])
        let shorter = min(size[0], size[1])
        // Nothing in an ONNX file says how pictures are prepared: ImageNet's way for photographs, whole pictures where they are small.
        var preparation = ImageNetwork.Input(resize: shorter > 64 && size[0] == size[1] ? shorter * 8 / 7 : nil, size: size)
        for part in ImageNetwork.Input.Part.allCases { preparation.sources[part] = .assumed }
        preparation.sources[.layout] = .graph
        if work.input.isFixed { preparation.sources[.size] = .graph }
        preparation.isChannelsLast = work.input.isChannelsLast
        preparation = preparation.adapted(toChannels: work.input.shape[0])
        if preparation.channelOrder == .grey, shorter <= 64 {
            // Of digits and letters nobody knows ImageNet's mean.
            (preparation.mean, preparation.standardDeviation) = ([0], [1])
        }
        if work.input.takesBytes {
            preparation.valueRange = [0, 255]
            preparation.mean = preparation.mean.map { _ in 0 }
            preparation.standardDeviation = preparation.mean.map { _ in 1 }
            for part in [ImageNetwork.Input.Part.valueRange, .mean, .standardDeviation] { preparation.sources[part] = .graph }
        }
        var network = ImageNetwork(
            architecture: "onnx", displayName: displayName + (scores.stripped.map { ", without its last \($0.rawValue)" } ?? ""), graph: graph,
            input: preparation, logits: logitsName, classCount: scores.classes,
            landmarks: stages.landmarks.filter { graph.index[$0] != place[logits] } + [logitsName], reported: stages.reported,
            matched: stages.matched.map { ($0, 1) })
        network.remarks = [remark].compactMap { $0 } + remarks
        return network
    }

    private var remarks: [String] {
        var result: [String] = []
        if work.input.takesBytes { result.append("Its input takes bytes: values go in as 0 to 255") }
        if work.input.batch > 1 { result.append("It was exported for \(work.input.batch) images at once and is read for one") }
        if !work.input.idle.isEmpty {
            result.append("Inputs that nothing takes are left out: \(work.input.idle.prefix(5).map(printable).joined(separator: ", "))")
        }
        if work.isQuantized {
            result.append(
                "It is quantised: weights are read as the numbers that they stand for; activations are cut to their ranges, not rounded")
        }
        return result
    }

    private var displayName: String {
        let file = work.model.path.split(separator: "/").last.map(String.init) ?? work.model.path
        let stem = file.lowercased().hasSuffix(".onnx") ? String(file.dropLast(5)) : file
        let isTelling = !["", "main_graph", "torch_jit", "torch-jit-export", "tf2onnx", "graph", "main"].contains(
            work.model.graph.name)
        return printable(isTelling ? work.model.graph.name : stem)
    }
}
