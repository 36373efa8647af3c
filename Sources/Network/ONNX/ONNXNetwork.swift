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
        let (ending, remark) = try ending(), logits = ending.node
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

        var logitsName = graph.nodes[place[logits] ?? 0].name
        let head = ImageNetwork.Head(ending.kind, outputs: ending.outputs, module: logitsName, remark: ending.remark)
        if head.kind == .score { logitsName = graph.addOpposite(of: place[logits] ?? 0) }
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
            architecture: "onnx", displayName: displayName + (ending.stripped.map { ", without its last \($0.rawValue)" } ?? ""), graph: graph,
            input: preparation, logits: logitsName, classCount: head.kind == .score ? 2 : head.kind == .none ? 0 : ending.outputs, head: head,
            landmarks: stages.landmarks.filter { graph.index[$0] != place[logits] } + [logitsName], reported: stages.reported,
            matched: stages.matched.map { ($0, 1) })
        network.remarks = [remark].compactMap { $0 } + remarks
        return network
    }

    /// The vector that the network ends in.
    private struct Ending {
        let node: Int
        let kind: ImageNetwork.Head.Kind
        let outputs: Int
        var stripped: ONNXClassifier.Ending?
        var remark: String?
    }

    /// The scores of classes; where there are none, the mean of the first output that is a map or tokens, over its positions.
    private mutating func ending() throws -> (ending: Ending, remark: String?) {
        let classifier = ONNXClassifier(work, draft)
        do {
            let (scores, remark) = try classifier.scores()
            // Row-major, whatever they were before.
            let node = draft.shape(scores.node).isVector ? scores.node : try draft.view(scores.node, as: [scores.classes])
            let kind: ImageNetwork.Head.Kind = scores.classes == 1 ? .score : scores.stripped == .sigmoid ? .labels : .classes
            return (Ending(node: node, kind: kind, outputs: scores.classes, stripped: scores.stripped), remark)
        } catch {
            guard let body = classifier.body else { throw error }
            let axes = Array((body.map.rank == 4 ? 2..<4 : 1..<2))
            let mean = try draft.image(ONNXOperators.reduced(.mean, body.map, axes: axes, keeps: false, &draft))
            let outputs = mean.dimensions.last ?? 0, extents = body.map.dimensions.map(String.init).joined(separator: " x ")
            return (
                Ending(
                    node: try draft.view(mean.node, as: [outputs]), kind: .none, outputs: outputs,
                    remark: "its output '\(printable(body.output))' is \(extents), of which the mean over positions is taken"), nil
            )
        }
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
        let stem = [".onnx", ".pt2"].first { file.lowercased().hasSuffix($0) }.map { String(file.dropLast($0.count)) } ?? file
        let isTelling = !["", "main_graph", "torch_jit", "torch-jit-export", "tf2onnx", "graph", "main"].contains(
            work.model.graph.name)
        return printable(isTelling ? work.model.graph.name : stem)
    }
}
