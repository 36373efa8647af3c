public import Dataset
public import Diagnostics
import Foundation
import Images
public import Network
public import Run
import Tensors

/// Makes prototypes of classes by several methods with the same budget and measures them side by side (VITAL, section 4):
/// accuracy, transfer to another network, Fréchet distance in the network's own features, activation, seed agreement, time.
///
/// Pictures that are finished are not made again, neither by a comparison that goes on nor by one of more classes or methods.
public struct ComparisonRun: Sendable {
    let network: ImageNetwork
    let description: NetworkDescription
    private let judge: Judge?
    let images: RealImages
    let classNames: [String]
    let options: ComparisonOptions
    let tool: RunManifest.Tool
    let threads: Int
    let folder: RunFolder
    let classes: [Int]

    /// Features beyond which no Fréchet distance is computed: its matrices would take gigabytes.
    static let mostFeatures = 8192

    /// A comparison into `folder`.
    ///
    /// - Throws: `Problem` when the images' classes are not known, classes do not exist or have no images, or the judge knows other
    ///   classes than the network.
    public init(
        network: ImageNetwork, description: NetworkDescription, judge: Judge?,
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
        let real = try ComparedRealImages(run: self).measure(meter, judgeMeter, hasDistance: hasDistance, progress)
        var rows = [real.row], leftOut: [Comparison.LeftOut] = []
        let paths = try ComparedPaths(run: self, unreadable: real.unreadable)
        var pathsOfOthers: [Float?]?
        let reference = try real.distribution.flatMap { try FrechetDistance(to: $0) }
        for method in options.methods {
            do { try ComparedPictureMaker(run: self).make(method, unreadable: real.unreadable, progress) } catch let problem as UnusableMethod {
                progress.note("\(method.name) is left out: \(problem.reason)")
                leftOut.append(.init(name: method.name, reason: problem.reason))
                continue
            }
            rows.append(try measure(method, meter, judgeMeter, reference: reference, real: real, progress))
            let found = try paths.means(of: method)
            (rows[rows.count - 1].paths, rows[0].paths, pathsOfOthers) = (found.pictures, found.real, found.others)
        }
        var comparison = Comparison(
            tool: tool, network: .init(description), judge: judge?.description,
            classes: classes.map { .init(index: $0, name: classNames[$0]) }, seed: options.seed, seeds: options.seeds, steps: options.steps,
            references: options.references, threads: threads, featureLayer: meter.layer, features: meter.featureCount,
            realImages: real.row.pictures, rows: rows, leftOut: leftOut, command: options.command)
        if let pathsOfOthers { (comparison.pathLayers, comparison.pathsOfOthers) = (paths.layers, pathsOfOthers) }
        try folder.write(comparison, to: .comparison)
        return comparison
    }

    // MARK: Methods

    private func measure(
        _ method: ComparedMethod, _ meter: PictureMeter, _ judge: PictureMeter?, reference: FrechetDistance?,
        real: ComparedRealImages.Findings, _ progress: any ProgressReport
    ) throws -> Comparison.Row {
        let folder = folder
        let pictures = classes.flatMap { index in
            (0..<options.seeds).map { (index: index, path: RunPath.comparedPicture(method: method.rawValue, class: index, $0)) }
        }
        let seconds = try classes.reduce(0.0) {
            $0 + (try folder.read(ComparedPictures.self, from: .comparedPictures(method: method.rawValue, class: $1))?.seconds ?? 0)
        }
        let picture: @Sendable (Int) throws -> Picture = { try ImageDecoder.picture(at: folder.full(pictures[$0].path)) }
        nonisolated(unsafe) var judged = [MethodTally.Judgement?](repeating: nil, count: pictures.count)
        try judge?.read(pictures.count, picture: picture) { place, reading in
            judged[place] = reading.map { .init($0, class: pictures[place].index) }
        }
        nonisolated(unsafe) var tally = MethodTally(classes: classes, features: reference == nil ? nil : meter.featureCount)
        try meter.read(pictures.count, picture: picture) { place, reading in
            let (index, path) = pictures[place]
            guard let reading else { throw Problem("cannot read \(folder.full(path))", remedy: "Run the comparison again: it makes it anew.") }
            tally.add(reading, class: index, judged: judged[place], path: path.description, keepsFeatures: true)
        }
        let distance = try tally.distribution.flatMap { try reference?.distance(of: $0) }
        return tally.row(
            method: method.rawValue, name: method.name, isReal: false, hasJudge: judge != nil, largest: real.largest, colours: real.colours,
            frechet: (distance, tally.distribution?.count ?? 0), seconds: seconds)
    }

    // MARK: The folder

    /// A folder of its own gets a manifest, so that a site can be made of it; that of a report keeps its own, if it is of the same network
    /// and images.
    private func writeManifest() throws {
        let listing = images.listing
        if let old = try folder.read(RunManifest.self, from: .manifest) {
            let differences = [
                ("checkpoint", old.network.checkpoint.sha256, description.checkpoint.sha256),
                ("architecture", old.network.architecture, description.architecture), ("listing of images", old.images.listing, listing),
                ("input size", "\(old.network.inputShape)", "\(description.inputShape)"),
            ].filter { $0.1 != $0.2 }.map(\.0)
            guard differences.isEmpty else {
                throw Problem(
                    "\(folder.path) holds a run with another \(differences.joined(separator: ", another "))",
                    remedy: "Choose another folder with --run, or remove this one to start anew.", kind: .usage)
            }
            // A report's: the page joins its site.
            if !old.options.layers.isEmpty { return }
        }
        let schedule = OptimisationSchedule(.fourier, steps: options.steps, size: network.input.size)
        var recorded = RunOptions(command: options.command)
        (recorded.units, recorded.classes) = ("none", "none")
        (recorded.seed, recorded.seeds, recorded.steps, recorded.references) = (options.seed, options.seeds, options.steps, options.references)
        (recorded.jitter, recorded.learningRate, recorded.warmup) = (schedule.jitter, schedule.learningRate, schedule.warmup)
        (recorded.schedule, recorded.coordinates) = (OptimisationSchedule.Kind.fourier.rawValue, schedule.coordinates.description)
        recorded.winograd = options.winograd
        try folder.write(
            RunManifest(
                title: "How prototypes of \(network.displayName) compare", tool: tool, network: description,
                images: ImageSetDescription(
                    path: images.folder.path, found: images.count, used: images.count, skipped: [], listing: listing, isLabelled: true),
                options: recorded, warnings: [], year: folder.yearOfRun), to: .manifest)
    }
}

extension Comparison.Network {
    public init(_ network: NetworkDescription) {
        self.init(architecture: network.architecture, displayName: network.displayName, checkpoint: network.checkpoint)
    }
}
