public import Diagnostics
import Foundation
import Images
public import Network
public import Run
import Tensors

/// Makes prototypes of classes by several methods with the same budget and measures them side by side (VITAL, section 4; method.md 1.7):
/// accuracy, transfer to another network, Fréchet distance in the network's own features, activation, seed agreement, time.
///
/// Pictures that are finished are not made again, neither by a comparison that goes on nor by one of more classes or methods.
public struct ComparisonRun: Sendable {
    private let network: ImageNetwork
    private let description: NetworkDescription
    private let judge: (network: ImageNetwork, description: Comparison.Network)?
    private let images: RealImages
    private let classNames: [String]
    private let options: ComparisonOptions
    private let tool: RunManifest.Tool
    private let threads: Int
    private let folder: RunFolder
    private let classes: [Int]

    /// Features beyond which no Fréchet distance is computed: its matrices would take gigabytes.
    static let mostFeatures = 8192
    /// Real images of a class that are kept as pictures.
    static let keptRealImages = 2

    /// A comparison into `folder`.
    ///
    /// - Throws: `Problem` when the images' classes are not known, classes do not exist or have no images, or the judge knows other
    ///   classes than the network.
    public init(
        network: ImageNetwork, description: NetworkDescription, judge: (network: ImageNetwork, description: Comparison.Network)?,
        images: RealImages, classNames: [String], options: ComparisonOptions, tool: RunManifest.Tool, threads: Int, folder: RunFolder
    ) throws {
        self.network = network
        self.description = description
        self.judge = judge
        self.images = images
        self.classNames = classNames
        self.options = options
        self.tool = tool
        self.threads = threads
        self.folder = folder
        classes = try Self.classes(options, network: network, judge: judge?.network, images: images, classNames: classNames)
    }

    /// The classes to compare on: to be asked before there is a folder. Throws as `init`.
    @discardableResult
    public static func classes(
        _ options: ComparisonOptions, network: ImageNetwork, judge: ImageNetwork?, images: RealImages, classNames: [String]
    ) throws -> [Int] {
        guard images.isLabelled else {
            throw Problem(
                "A comparison needs images whose classes are known",
                remedy: "Use a folder of images for each class, and --labels to say which is which.", kind: .usage)
        }
        if let judge, judge.classCount != network.classCount {
            throw Problem(
                "The judge, \(judge.displayName), knows \(judge.classCount) classes, \(network.displayName) \(network.classCount)",
                explanation: "A judge says which of the same classes it sees, in the same order.",
                remedy: "Choose another checkpoint with --judge.", kind: .usage)
        }
        try network.requireClasses(for: "A comparison of methods")
        let chosen = try UnitSelection(options.classes).classes(names: classNames)
        guard !chosen.isEmpty else { throw Problem("--classes names no class to compare on", kind: .usage) }
        let present = Set(images.labels.compactMap { $0 })
        let missing = chosen.filter { !present.contains($0) }
        guard missing.isEmpty else {
            let names = missing.prefix(5).map { classNames[$0] }.joined(separator: ", ")
            throw Problem(
                "There are no real images of \(missing.count) of the \(chosen.count) classes: \(names)\(missing.count > 5 ? ", …" : "")",
                explanation: "Prototypes are matched to, and compared with, real images of their class.",
                remedy: "Choose classes that have images with --classes.", kind: .usage)
        }
        return chosen
    }

    // MARK: The run

    /// Makes what is not made yet, measures everything and writes `comparison.json`.
    @discardableResult
    public func run(progress: any ProgressReport) throws -> Comparison {
        let lock = try RunLock(folder)
        defer { withExtendedLifetime(lock) {} }
        try folder.removeTemporaries()
        try writeManifest()
        // What is chosen by timing is kept there.
        try FolderContent.makeDirectory(folder.path + "/state")
        let meter = try PictureMeter(network, threads: threads)
        let judgeMeter = try judge.map { try PictureMeter($0.network, threads: threads) }
        let hasDistance = meter.featureCount <= Self.mostFeatures
        if !hasDistance {
            progress.note("\(meter.layer) has \(meter.featureCount) features: no Fréchet distance beyond \(Self.mostFeatures)")
        }
        let real = try measureRealImages(meter, judgeMeter, hasDistance: hasDistance, progress)
        var rows = [real.row], leftOut: [Comparison.LeftOut] = []
        let reference = try real.distribution.flatMap { try FrechetDistance(to: $0) }
        for method in options.methods {
            do { try make(method, unreadable: real.unreadable, progress) } catch let problem as UnusableMethod {
                progress.note("\(method.name) is left out: \(problem.reason)")
                leftOut.append(.init(name: method.name, reason: problem.reason))
                continue
            }
            rows.append(try measure(method, meter, judgeMeter, reference: reference, largest: real.largest, progress))
        }
        let comparison = Comparison(
            tool: tool, network: .init(description), judge: judge?.description,
            classes: classes.map { .init(index: $0, name: classNames[$0]) }, seed: options.seed, seeds: options.seeds, steps: options.steps,
            references: options.references, threads: threads, featureLayer: meter.layer, features: meter.featureCount,
            realImages: real.row.pictures, rows: rows, leftOut: leftOut, command: options.command)
        try folder.write(comparison, to: .comparison)
        return comparison
    }

    // MARK: Real images

    private struct Real {
        var row: Comparison.Row
        var largest: [Int: Float]
        /// Of all real images of the classes.
        var distribution: FeatureDistribution?
        var unreadable: Set<Int>
    }

    private func measureRealImages(
        _ meter: PictureMeter, _ judge: PictureMeter?, hasDistance: Bool, _ progress: any ProgressReport
    ) throws -> Real {
        let ceiling = RealCeiling(classes: classes, labels: images.labels, seeds: options.seeds, seed: options.seed)
        let numbers = ceiling.images, images = images
        let passes = judge == nil ? 1 : 2
        progress.begin("Looking at real images", total: passes * numbers.count, done: 0)
        defer { progress.end() }
        // One piece is delivered at a time, and nothing else touches these meanwhile.
        nonisolated(unsafe) var judged = [Int?](repeating: nil, count: numbers.count)
        if let judge {
            try judge.read(numbers.count) { try images.picture(numbers[$0]) } deliver: { place, reading in
                judged[place] = reading?.predicted
                progress.update(place + 1)
            }
        }
        nonisolated(unsafe) var tally = MethodTally(classes: classes, features: nil)
        nonisolated(unsafe) var drawn = hasDistance ? FeatureDistribution(features: meter.featureCount) : nil
        nonisolated(unsafe) var rest = drawn
        nonisolated(unsafe) var unreadable = Set<Int>()
        nonisolated(unsafe) var kept: [Int: Int] = [:]
        let folder = folder, labels = images.labels
        try meter.read(numbers.count) { try images.picture(numbers[$0]) } deliver: { place, reading in
            progress.update((passes - 1) * numbers.count + place + 1)
            let number = numbers[place]
            guard let reading, let index = labels[number] else {
                unreadable.insert(number)
                return
            }
            let isDrawn = ceiling.drawn.contains(number)
            var path: RunPath?
            // Those drawn are shown; of a class none of which is drawn, its only one.
            if isDrawn || !ceiling.draws(from: index), kept[index, default: 0] < Self.keptRealImages {
                let place = RunPath.comparedPicture(method: "real", class: index, kept[index, default: 0])
                try folder.writeBytes(PNGEncoder.encode(images.picture(number)), to: place)
                kept[index, default: 0] += 1
                path = place
            }
            tally.add(reading, class: index, judged: judged[place], path: path?.description, keepsFeatures: isDrawn)
            if isDrawn { drawn?.add(reading.features) } else { rest?.add(reading.features) }
        }
        let largest = tally.largestLogits
        if let empty = classes.first(where: { largest[$0] == nil }) {
            throw Problem("None of the images of the class \(classNames[empty]) could be read")
        }
        if !unreadable.isEmpty { progress.note("\(unreadable.count) images could not be read and are left out") }
        let distance = try rest.flatMap { try FrechetDistance(to: $0) }.flatMap { distance in try drawn.flatMap { try distance.distance(of: $0) } }
        let row = tally.row(
            method: "real", name: "Real images", isReal: true, hasJudge: judge != nil, largest: largest,
            frechet: (distance, drawn?.count ?? 0), seconds: nil)
        if let other = drawn { rest?.add(other) }
        return Real(row: row, largest: largest, distribution: rest, unreadable: unreadable)
    }

    // MARK: Methods

    private func measure(
        _ method: ComparedMethod, _ meter: PictureMeter, _ judge: PictureMeter?, reference: FrechetDistance?, largest: [Int: Float],
        _ progress: any ProgressReport
    ) throws -> Comparison.Row {
        let folder = folder
        let pictures = classes.flatMap { index in
            (0..<options.seeds).map { (index: index, path: RunPath.comparedPicture(method: method.rawValue, class: index, $0)) }
        }
        let seconds = try classes.reduce(0.0) {
            $0 + (try folder.read(ComparedPictures.self, from: .comparedPictures(method: method.rawValue, class: $1))?.seconds ?? 0)
        }
        let picture: @Sendable (Int) throws -> Picture = { try ImageDecoder.picture(at: folder.full(pictures[$0].path)) }
        nonisolated(unsafe) var judged = [Int?](repeating: nil, count: pictures.count)
        try judge?.read(pictures.count, picture: picture) { judged[$0] = $1?.predicted }
        nonisolated(unsafe) var tally = MethodTally(classes: classes, features: reference == nil ? nil : meter.featureCount)
        try meter.read(pictures.count, picture: picture) { place, reading in
            let (index, path) = pictures[place]
            guard let reading else { throw Problem("cannot read \(folder.full(path))", remedy: "Run the comparison again: it makes it anew.") }
            tally.add(reading, class: index, judged: judged[place], path: path.description, keepsFeatures: true)
        }
        let distance = try tally.distribution.flatMap { try reference?.distance(of: $0) }
        return tally.row(
            method: method.rawValue, name: method.name, isReal: false, hasJudge: judge != nil, largest: largest,
            frechet: (distance, tally.distribution?.count ?? 0), seconds: seconds)
    }

    /// Makes the pictures of `method` that are not made yet.
    private func make(_ method: ComparedMethod, unreadable: Set<Int>, _ progress: any ProgressReport) throws {
        let identity = identity(of: method)
        var open = classes.filter { !isMade(method, class: $0, identity: identity) }
        if method.isAboutBatches, !open.isEmpty { open = classes }
        let each = options.seeds * options.steps
        let counter = StepCounter(progress, done: (classes.count - open.count) * each)
        progress.begin("\(method.name): \(classes.count * options.seeds) pictures (steps)", total: classes.count * each, done: counter.done)
        defer { progress.end() }
        guard !open.isEmpty else { return }
        let folder = folder, stopwatch = Stopwatch()
        let text = pictureText(method)
        try MethodStudio(
            network: network, images: images, options: options, threads: threads,
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
            let made = try? folder.read(ComparedPictures.self, from: .comparedPictures(method: method.rawValue, class: index)),
            made.identity == identity, made.pictures.count == options.seeds
        else { return false }
        return made.pictures.allSatisfy { path in
            RunPath(path).map { (try? ImageDecoder.picture(at: folder.full($0))) != nil } ?? false
        }
    }

    /// What a method's pictures depend on.
    private func identity(of method: ComparedMethod) -> String {
        let listing = FileHash.sha256(images.folder.items.flatMap { Array("\($0.relativePath)\u{0}\($0.fileSize)\u{0}".utf8) })
        let parts = [
            method.rawValue, description.checkpoint.sha256, description.architecture, listing, String(options.seed), String(options.seeds),
            String(options.steps), String(options.references), String(options.winograd), tool.version, tool.engine,
            method.isAboutBatches ? classes.map(String.init).joined(separator: ",") : "",
        ]
        return FileHash.sha256(Array(parts.joined(separator: "\u{0}").utf8))
    }

    private func pictureText(_ method: ComparedMethod) -> @Sendable (_ index: Int, _ number: Int) -> [(key: String, value: String)] {
        let (tool, options, network) = (tool, options, description)
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

    // MARK: The folder

    /// A folder of its own gets a manifest, so that a site can be made of it; that of a report keeps its own, if it is of the same network
    /// and images.
    private func writeManifest() throws {
        let listing = FileHash.sha256(images.folder.items.flatMap { Array("\($0.relativePath)\u{0}\($0.fileSize)\u{0}".utf8) })
        if let old = try folder.read(RunManifest.self, from: .manifest) {
            let differences = [
                ("checkpoint", old.network.checkpoint.sha256, description.checkpoint.sha256),
                ("architecture", old.network.architecture, description.architecture), ("listing of images", old.images.listing, listing),
            ].filter { $0.1 != $0.2 }.map(\.0)
            guard differences.isEmpty else {
                throw Problem(
                    "\(folder.path) holds a run with another \(differences.joined(separator: ", another "))",
                    remedy: "Choose another folder with --run, or remove this one to start anew.", kind: .usage)
            }
            // A report's: the page joins its site.
            if !old.options.layers.isEmpty { return }
        }
        let schedule = OptimisationSchedule(steps: options.steps, size: network.input.size)
        try folder.write(
            RunManifest(
                title: "How prototypes of \(network.displayName) compare", tool: tool, network: description,
                images: ImageSetDescription(
                    path: images.folder.path, found: images.count, used: images.count, skipped: [], listing: listing, isLabelled: true),
                options: RunOptions(
                    layers: [], units: "none", classes: "none", labels: nil, seed: options.seed, seeds: options.seeds, steps: options.steps,
                    references: options.references, jitter: schedule.jitter, learningRate: schedule.learningRate, warmup: schedule.warmup,
                    strongest: 0, winograd: options.winograd, command: options.command), warnings: []), to: .manifest)
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

extension Comparison.Network {
    public init(_ network: NetworkDescription) {
        self.init(architecture: network.architecture, displayName: network.displayName, checkpoint: network.checkpoint)
    }
}
