import Dataset
import Diagnostics
import Foundation
import Network
import Run
import Tensors

/// Looks at images with parts of the network switched off. Each batch goes through the whole network once; for what is switched off only
/// what depends on it is computed again, and nothing where it changes no value.
struct AblationPass: Sendable {
    /// What the network makes of an image.
    struct Outcome: Sendable, Equatable {
        /// The class with the largest logit.
        var predicted: Int
        /// The cross-entropy of the image's own class, in nats.
        var loss: Double
    }

    private let plan: Plan
    private let images: RealImages
    private let logits: String
    private let edits: [String: LayerEdit]
    private let threads: Int

    /// - Parameters:
    ///   - images: each that will be looked at has a known class.
    ///   - levels: what units are set to, by layer: one value a channel. These are the layers of which something can be switched off.
    /// - Throws: a usage `Problem` for a layer that the logits do not depend on.
    init(network: ImageNetwork, images: RealImages, levels: [String: [Float]], threads: Int) throws {
        var request = Plan.Request(
            batch: MicroBatch.size(for: network.input.shape), input: network.input.shape, activations: [network.logits], threads: 1)
        request.edited = levels.keys.sorted()
        plan = try Plan(network.graph, request)
        for layer in request.edited where try !plan.isEditable(layer, changing: network.logits) {
            throw Problem(
                "Switching units of \(layer) off changes nothing", explanation: "The logits, \(network.logits), do not depend on it.",
                remedy: "Choose other layers; `vitrine inspect` lists them.", kind: .usage)
        }
        var edits: [String: LayerEdit] = [:]
        for (layer, levels) in levels { edits[layer] = LayerEdit(shape: try plan.shape(of: layer), levels: levels) }
        self.edits = edits
        self.images = images
        self.threads = threads
        logits = network.logits
    }

    /// Looks at the images `numbers`, in order: as the network is, and with each of `ablations` that `wanted` lists for an image by number.
    /// `deliver` gets one image at a time, in order. Throws the `Problem` of an image that cannot be read.
    func run(
        _ numbers: [Int], _ ablations: [SwitchedOff], wanted: @escaping @Sendable (Int) -> [Int],
        deliver: @escaping @Sendable (_ image: Int, _ before: Outcome, _ after: [(ablation: Int, outcome: Outcome)]) throws -> Void
    ) throws {
        let pass = self
        try ImageReader(images).forEachBatch(of: numbers, size: plan.request.batch, threads: threads) {
            try Worker(pass)
        } look: { worker, batch -> [(before: Outcome, after: [(ablation: Int, outcome: Outcome)])] in
            try batch.checkWhole()
            let before = try worker.look(at: batch)
            let wishes = batch.numbers.map { Set(wanted($0)) }
            var results = before.map { (before: $0, after: [(ablation: Int, outcome: Outcome)]()) }
            for ablation in wishes.reduce(into: Set<Int>(), { $0.formUnion($1) }).sorted() {
                let after = try worker.switchOff(ablations[ablation])
                for slot in results.indices where wishes[slot].contains(ablation) { results[slot].after.append((ablation, after[slot])) }
            }
            return results
        } deliver: { batch, results in
            for (image, result) in zip(batch.numbers, results) { try deliver(image, result.before, result.after) }
        }
    }

    /// The same as work that is told of as `title`.
    func run(
        _ numbers: [Int], _ ablations: [SwitchedOff], title: String, progress: any ProgressReport,
        wanted: @escaping @Sendable (Int) -> [Int],
        deliver: @escaping (_ image: Int, _ label: Int, _ before: Outcome, _ after: [(ablation: Int, outcome: Outcome)]) -> Void
    ) throws {
        let labels = images.labels
        progress.begin(title, total: numbers.count, done: 0)
        defer { progress.end() }
        // One image is delivered at a time, and nothing else touches what it is added to meanwhile.
        nonisolated(unsafe) var done = 0
        nonisolated(unsafe) let add = deliver
        try run(numbers, ablations, wanted: wanted) { image, before, after in
            add(image, labels[image] ?? 0, before, after)
            done += 1
            progress.update(done)
        }
    }

    /// One thread's memory of the network, with what it was before something was switched off.
    private final class Worker {
        private let pass: AblationPass
        private let workspace: Workspace
        private var labels: [Int] = []
        private var before: [Outcome] = []
        /// Activations as they were, by layer.
        private var originals: [String: [Float]] = [:]
        /// Layers that are not as they were, or what depends on them is not, in the order of execution.
        private var touched: [String] = []

        init(_ pass: AblationPass) throws {
            self.pass = pass
            workspace = try Workspace(pass.plan)
        }

        func look(at batch: ImageBatch) throws -> [Outcome] {
            batch.write(pass.images.preprocessing, into: workspace.input)
            try workspace.forward()
            labels = batch.numbers.map { pass.images.labels[$0] ?? 0 }
            (originals, touched) = ([:], [])
            before = try outcomes()
            return before
        }

        func switchOff(_ ablation: SwitchedOff) throws -> [Outcome] {
            let layers = ablation.layers
            try restore(leaving: layers)
            for layer in layers where originals[layer] == nil {
                originals[layer] = Array(UnsafeBufferPointer(start: try workspace.activation(of: layer), count: count(edit(of: layer))))
            }
            var isChanged = false
            for part in ablation.parts {
                let values = try workspace.activation(of: part.layer)
                guard edit(of: part.layer).apply(part.what, images: labels.count, to: values) else { continue }
                isChanged = true
                if !touched.contains(part.layer) { touched.append(part.layer) }
                try workspace.forward(behind: part.layer)
            }
            return isChanged ? try outcomes() : before
        }

        /// Puts back what was changed. What depends on it stays as it is where `layers`, which are changed next, are the same single one: it
        /// will be computed then.
        private func restore(leaving layers: [String]) throws {
            let isSame = touched.count == 1 && touched == layers
            for layer in touched {
                guard let original = originals[layer] else { continue }
                try workspace.activation(of: layer).update(from: original, count: original.count)
                if !isSame { try workspace.forward(behind: layer) }
            }
            if !isSame { touched = [] }
        }

        private func edit(of layer: String) -> LayerEdit {
            guard let edit = pass.edits[layer] else { preconditionFailure("\(layer) was not among the layers to be edited") }
            return edit
        }

        private func count(_ edit: LayerEdit) -> Int { Layout.blocked.count(batch: pass.plan.request.batch, edit.shape) }

        private func outcomes() throws -> [Outcome] {
            let summary = LayerSummary(
                try workspace.activation(of: pass.logits), images: labels.count, shape: try pass.plan.shape(of: pass.logits))
            return labels.enumerated().map { slot, label in
                let values = Array(summary.maximum[slot * summary.units..<(slot + 1) * summary.units])
                let largest = Double(values.max() ?? 0)
                let total = values.reduce(0) { $0 + exp(Double($1) - largest) }
                return Outcome(predicted: Sweep.best(1, of: values).first ?? 0, loss: log(total) + largest - Double(values[label]))
            }
        }
    }
}
