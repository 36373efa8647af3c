import Diagnostics
import Tensors

/// The scores of classes among the ends of an imported graph, and why they were chosen.
struct ONNXClassifier {
    /// What makes probabilities of scores.
    enum Ending: String {
        case softmax
        case sigmoid
    }

    /// One number for each class, before a softmax or sigmoids.
    struct Scores {
        let end: ONNXEnd
        /// The node of the draft that has them.
        let node: Int
        let classes: Int
        /// What was taken off behind them.
        let stripped: Ending?
        /// True when a softmax, a sigmoid or a choice of the best says that these are scores.
        let isScored: Bool
    }

    private let work: ONNXImport
    private let draft: NetworkDraft

    init(_ work: ONNXImport, _ draft: NetworkDraft) { (self.work, self.draft) = (work, draft) }

    /// The scores that count as the network's, and what to say of it where there was a choice.
    /// - Throws: `Problem` or `ONNXImport.Failure` when no output is that of a classifier.
    func scores() throws -> (scores: Scores, remark: String?) {
        let all = work.ends.compactMap(vector)
        guard !all.isEmpty else { throw refusal }
        var (chosen, reason) = (all, "it is the first of them")
        func keep(_ why: String, _ isKept: (Scores) -> Bool) {
            guard Set(chosen.map(\.node)).count > 1 else { return }
            let kept = chosen.filter(isKept)
            guard !kept.isEmpty, kept.count < chosen.count else { return }
            (chosen, reason) = (kept, why)
        }
        if let names = ONNXNotes(work.model.metadata).classNames?.count { keep("it has as many numbers as the file names classes") { $0.classes == names } }
        keep("it has more than one number") { $0.classes > 1 }
        keep("a softmax, a sigmoid or a choice of the best is taken of it") { $0.isScored }
        let used = ancestors(of: chosen.map(\.node))
        keep("it is computed from the others") { !used.contains($0.node) }
        keep("it is called so") { scores in
            let name = scores.end.output.lowercased()
            return ["logit", "prob", "class", "score", "pred"].contains { name.contains($0) }
        }
        // An output that has the scores rather than one that picks among them.
        let scores = chosen.first { $0.node == chosen[0].node && $0.end.leftOut == nil } ?? chosen[0]
        if work.model.graph.outputs.count > 1 { return (scores, remark(scores, among: all, reason)) }
        return (scores, scores.end.leftOut.map { "Its output picks classes by \(printable($0)), which is left out" })
    }

    /// The first output that is a map (1 x C x H x W) or tokens (1 x L x C) of the image; nil when there is none, or something is not understood.
    var body: (output: String, map: ImageValue)? {
        guard work.failures.isEmpty else { return nil }
        return work.ends.lazy.compactMap { end in
            guard let image = work.images[end.value], image.dimensions.first == 1, (3...4).contains(image.rank) else { return nil }
            return (end.output, image)
        }.first
    }

    private func remark(_ scores: Scores, among all: [Scores], _ reason: String) -> String {
        let rest = work.model.graph.outputs.map(\.name).filter { $0 != scores.end.output }
        let others = rest.prefix(8).map { name -> String in
            let quoted = "'\(printable(name))'"
            if let left = work.ends.first(where: { $0.output == name })?.leftOut { return "\(quoted) (\(printable(left)))" }
            if let other = all.first(where: { $0.end.output == name }) { return "\(quoted) (\(other.classes) numbers)" }
            if work.unknownOutputs.contains(where: { $0.name == name }) { return "\(quoted) (of operators that are not understood)" }
            if work.failures[name] != nil { return "\(quoted) (not understood)" }
            return quoted
        }
        let why = Set(all.map(\.node)).count > 1 ? ", since \(reason)" : ""
        return
            "Of its outputs '\(printable(scores.end.output))' (\(scores.classes) numbers) is taken for the classes\(why); left out: \(others.joined(separator: ", "))\(rest.count > 8 ? ", and others" : ""). --output chooses another"
    }

    /// Why nothing will do: what failed first, or that no output is a vector.
    private var refusal: any Error {
        if let failure = work.ends.lazy.compactMap({ work.failures[$0.value] }).first { return failure }
        let found = work.ends.prefix(5).map { end in
            "'\(printable(end.output))' (\(work.images[end.value].map { $0.dimensions.map(String.init).joined(separator: " x ") } ?? "constant"))"
        }
        return Problem(
            "none of its outputs is that of a classifier: \(found.joined(separator: ", "))",
            explanation: ["An output of one number for each class was expected: 1 x classes.", work.input.batchRemark].compactMap {
                $0
            }.joined(separator: " "))
    }

    /// An end as scores; nil when it is no vector of the image.
    private func vector(_ end: ONNXEnd) -> Scores? {
        guard let image = work.images[end.value], image.dimensions.first == 1 else { return nil }
        let long = image.dimensions.filter { $0 != 1 }
        guard long.count <= 1, image.rank >= 2 else { return nil }
        var node = draft.standIn(for: image.node), stripped: Ending?, isScored = end.leftOut != nil
        while true {
            let operation = draft.nodes[node].operation
            if let pointwise = operation as? Pointwise, pointwise.function == .logarithm,
                isWholeSoftmax(draft.nodes[node].inputs[0])
            {
                node = draft.nodes[node].inputs[0]
            } else if isWholeSoftmax(node) {
                (stripped, isScored) = (.softmax, true)
                node = draft.standIn(for: draft.nodes[node].inputs[0])
            } else if let pointwise = operation as? Pointwise, pointwise.function == .sigmoid, stripped == nil {
                (stripped, isScored) = (.sigmoid, true)
                node = draft.standIn(for: draft.nodes[node].inputs[0])
            } else if operation is Reshaping, draft.shape(draft.nodes[node].inputs[0]).isVector {
                node = draft.standIn(for: draft.nodes[node].inputs[0])
            } else {
                break
            }
        }
        return Scores(end: end, node: node, classes: long.first ?? 1, stripped: stripped, isScored: isScored)
    }

    /// The nodes that others are computed from, not counting themselves.
    private func ancestors(of nodes: [Int]) -> Set<Int> {
        var result = Set<Int>()
        for node in Set(nodes) {
            var open = draft.nodes[node].inputs
            while let next = open.popLast() { if result.insert(next).inserted { open += draft.nodes[next].inputs } }
        }
        return result
    }

    private func isWholeSoftmax(_ node: Int) -> Bool {
        guard let softmax = draft.nodes[node].operation as? Softmax, let axis = try? draft.shape(node).axis(softmax.axis) else {
            return false
        }
        return draft.shape(node)[axis] == draft.shape(node).count
    }
}
