import Dataset
import Diagnostics
import Foundation
import Images
import Network
import Run
import Tensors

/// Makes the pictures of a comparison's methods, as far as they are not there.
struct ComparedPictureMaker {
    let run: ComparisonRun

    /// Makes the pictures of `method` that are not made yet.
    func make(_ method: ComparedMethod, unreadable: Set<Int>, _ progress: any ProgressReport) throws {
        let (folder, classes, options) = (run.folder, run.classes, run.options)
        let identity = identity(of: method)
        var open = classes.filter { !isMade(method, class: $0, identity: identity) }
        if method.isAboutBatches, !open.isEmpty { open = classes }
        let each = options.seeds * options.steps
        let counter = StepCounter(progress, done: (classes.count - open.count) * each)
        progress.begin("\(method.name): \(classes.count * options.seeds) pictures (steps)", total: classes.count * each, done: counter.done)
        defer { progress.end() }
        guard !open.isEmpty else { return }
        let stopwatch = Stopwatch()
        let text = pictureText(method)
        try MethodStudio(
            network: run.network, images: run.images, options: options, threads: run.threads,
            algorithms: options.winograd ? AlgorithmChoices(record: folder.full(.state("algorithms"))) : nil, unreadable: unreadable
        ).make(open, by: method) { counter.add($0) } deliver: { index, pictures in
            var paths: [String] = []
            for (number, picture) in pictures.enumerated() {
                let path = RunPath.comparedPicture(method: method.rawValue, class: index, number)
                try folder.writeBytes(PNGEncoder.encode(picture, text: text(index, number)), to: path)
                paths.append(path.description)
            }
            // Last: it promises that the pictures are there.
            try folder.write(
                ComparedPictures(identity: identity, pictures: paths, seconds: stopwatch.lap()),
                to: .comparedPictures(method: method.rawValue, class: index))
        }
    }

    private func isMade(_ method: ComparedMethod, class index: Int, identity: String) -> Bool {
        guard
            let made = try? run.folder.read(ComparedPictures.self, from: .comparedPictures(method: method.rawValue, class: index)),
            made.identity == identity, made.pictures.count == run.options.seeds
        else { return false }
        return made.pictures.allSatisfy { path in
            RunPath(path).map { (try? ImageDecoder.picture(at: run.folder.full($0))) != nil } ?? false
        }
    }

    /// What a method's pictures depend on.
    private func identity(of method: ComparedMethod) -> String {
        let (checkpoint, options, tool) = (run.description.checkpoint, run.options, run.tool)
        var parts = [
            method.rawValue, checkpoint.sha256, run.description.architecture, run.images.listing, String(options.seed), String(options.seeds),
            String(options.steps), String(options.references), String(options.winograd), tool.version, tool.engine,
            method.isAboutBatches ? run.classes.map(String.init).joined(separator: ",") : "",
        ]
        if let schedule = method.schedule { parts += OptimisationSchedule(schedule, steps: options.steps, size: run.network.input.size).fingerprint }
        if run.network.isToldOtherwise { parts.append(run.network.input.fingerprint) }
        if let output = run.network.toldOutput { parts.append("output \(output)") }
        return FileHash.sha256(Array(parts.joined(separator: "\u{0}").utf8))
    }

    private func pictureText(_ method: ComparedMethod) -> @Sendable (_ index: Int, _ number: Int) -> [(key: String, value: String)] {
        let (tool, options, network) = (run.tool, run.options, run.description)
        return { index, number in
            [
                ("Software", "\(tool.name) \(tool.version)"),
                ("Description", "\(method.name) prototype of class \(index) in \(network.displayName)"),
                (
                    "Source",
                    "checkpoint sha256 \(network.checkpoint.sha256), seed \(options.seed &+ UInt64(number)), steps \(options.steps)"
                ),
            ]
        }
    }
}

/// A method that the network gives no hold to (DeepInversion without batch normalisation).
struct UnusableMethod: Error {
    var reason: String
}

/// Wall time since the last look.
private final class Stopwatch: @unchecked Sendable {
    private let lock = NSLock()
    private var last = ContinuousClock.now

    func lap() -> Double {
        lock.withLock {
            let now = ContinuousClock.now
            defer { last = now }
            let passed = last.duration(to: now).components
            return Double(passed.seconds) + Double(passed.attoseconds) * 1e-18
        }
    }
}
