public import Dataset
public import Diagnostics
import Foundation
import Images
public import Network
public import Run
import Tensors

/// Finds out what a report will cost: does a little of everything that it would do, as it would do it, in a folder of its own that is
/// removed afterwards.
///
/// - Images go through the network on all threads, a second of them at least: the time of one, multiplied.
/// - Of every layer's units, and of the classes, as many prototypes as go at a time are made for a few steps: the time of a step and
///   of what comes before and after, each multiplied by how often it happens. Early stops are not foreseen.
/// - Memory is that of this process meanwhile: it does not grow with images, units or steps, but for lists of a few bytes an image.
/// - Files are those of the sample, multiplied. Both are more than it will be: prototypes that are mostly noise yet make larger files than
///   finished ones, and how many different images are shown is not known before, but units share more of them than chance would have it.
public struct ReportProbe {
    /// The report's site, made of the folder given: how many pages it has.
    public typealias Renderer = (RunFolder, _ site: String) throws -> Int

    private let run: ReportRun
    private let real: RealImages
    let place: String
    private let render: Renderer

    /// A probe of the report that has these parts; its folder is there from now to the end of `estimate`. Throws a `Problem` when the
    /// report could not be run.
    public init(
        network: ImageNetwork, description: NetworkDescription, images: RealImages, classNames: [String], options: RunOptions,
        tool: RunManifest.Tool, templates: TemplateStudy? = nil, threads: Int, render: @escaping Renderer
    ) throws {
        real = images
        self.render = render
        place = FileManager.default.temporaryDirectory.appendingPathComponent("vitrine-estimate-\(UUID())").path
        let present = Set(images.labels.compactMap { $0 })
        let classes = try ReportRun.selection(options, network: network, classNames: classNames).classes.filter(present.contains)
        run = try ReportRun(
            network: network, description: description,
            images: images.sample(max(64, 8 * threads * MicroBatch.size(for: network.input.shape)), of: Set(classes.prefix(16))),
            classNames: classNames, options: options, title: "Estimate", tool: tool, warnings: [], templates: templates, threads: threads,
            folder: try RunFolder.create(at: place + "/run"))
    }

    private static func seconds(_ body: () throws -> Void) rethrows -> Double {
        try ContinuousClock().measure(body).inSeconds
    }

    /// Measures. Tells `progress` what it is at.
    public func estimate(progress: any ProgressReport) throws -> ReportEstimate {
        defer { try? FileManager.default.removeItem(atPath: place) }
        var result = ReportEstimate(threads: run.threads)
        try run.writeBeginning()
        progress.note("Measuring the pass over the images")
        let sweep = try measureSweep(&result)
        let templateImages = try measureTemplates(sweep, &result)
        let tasks = try measureReferences(sweep, &result)
        let statistics = sweep.accumulators.map { $0.statistics(exemplars: run.options.strongest, input: run.network.input.shape) }
        try measureImages(tasks, templateImages, sweep, statistics, &result)
        try measurePrototypes(tasks, statistics, progress, &result)
        progress.note("Measuring the site")
        try measureSite(&result)
        return result
    }

    // MARK: Images

    private func measureSweep(_ result: inout ReportEstimate) throws -> Sweep {
        ProcessMemory.resetPeak()
        // The first pass makes plans and times algorithms; the second, over fewer images, tells what remains of that.
        func sweep(_ images: RealImages) throws -> Sweep {
            let sweep = try run.makeSweep(images)
            try sweep.run(progress: SilentProgress())
            return sweep
        }
        let few = run.images.sample(run.threads * MicroBatch.size(for: run.network.input.shape), of: [])
        let small = run.images
        let first = try sweep(small)
        let start = try Self.seconds { _ = try sweep(few) }
        var count = small.count
        var time = try Self.seconds { _ = try sweep(small) }
        if time < 1, real.count > small.count {
            count = min(real.count, Int(Double(small.count) * min(50, 1.2 / max(time, 0.01))))
            let more = real.sample(count, of: [])
            count = more.count
            time = try Self.seconds { _ = try sweep(more) }
        }
        let each = count > few.count ? max(0, time - start) / Double(count - few.count) : time / Double(count)
        // Every image is listed with its size and its class.
        let lists = real.count * 64
        result.phases.append(
            .init(
                name: "Looking at images", amount: "\(real.count) images", seconds: start + each * Double(max(0, real.count - few.count)),
                peakMemory: ProcessMemory.peak + lists, disk: first.stateBytes + real.count * 4))
        return first
    }

    /// Every image goes through the student, the student without templates and the teacher; the rest does not depend on images.
    private func measureTemplates(_ sweep: Sweep, _ result: inout ReportEstimate) throws -> Set<Int> {
        guard run.templates != nil else { return [] }
        ProcessMemory.resetPeak()
        let before = bytes(in: "/run")
        let timer = StageTimer()
        var shown = Set<Int>()
        var time = try Self.seconds { shown = try run.studyTemplates(sweep, timer) }
        if let stage = timer.stages.first, let each = stage.secondsPerPiece { time += each * Double(real.count - stage.total) }
        result.phases.append(
            .init(
                name: "Matching templates", amount: "\(real.count) images", seconds: max(0, time), peakMemory: ProcessMemory.peak,
                disk: bytes(in: "/run") - before))
        return shown
    }

    /// The search for windows visits every image that some unit has among its candidates, once; then the references of every unit are
    /// compared, if different ones are wanted.
    private func measureReferences(_ sweep: Sweep, _ result: inout ReportEstimate) throws -> [PrototypeTask] {
        ProcessMemory.resetPeak()
        let timer = StageTimer()
        var tasks: [PrototypeTask] = []
        var time = try Self.seconds { tasks = try run.tasks(sweep, timer) }
        let units = tasks.filter { $0.guidance != nil }.count
        func candidates(of images: Int) -> Int { run.references.candidates(for: run.references.count(among: images)) }
        var pieces: [Int] = []
        let visits = Self.different(units * candidates(of: real.count), of: real.count)
        if run.searchesWindows { pieces.append(visits) }
        if run.references.diversity > 0 { pieces.append(units * candidates(of: real.count) / max(1, candidates(of: run.images.count))) }
        guard units > 0, !pieces.isEmpty else { return tasks }
        // What the sample took that is not work by the piece happens once as well.
        for (stage, count) in zip(timer.stages, pieces) { time += (stage.secondsPerPiece ?? time / Double(max(1, stage.total))) * Double(count - stage.total) }
        result.phases.append(
            .init(
                name: "Choosing references", amount: "about \(visits) images", seconds: max(0, time), peakMemory: ProcessMemory.peak,
                disk: units * candidates(of: real.count) * 32))
        return tasks
    }

    private func measureImages(
        _ tasks: [PrototypeTask], _ more: Set<Int>, _ sweep: Sweep, _ statistics: [LayerStatistics], _ result: inout ReportEstimate
    ) throws {
        ProcessMemory.resetPeak()
        var time = try Self.seconds {
            for layer in statistics.dropLast() { try run.folder.write(layer, to: .statistics(layer: layer.layer)) }
            try run.folder.write(sweep.tally.table(names: run.classNames), to: .classes)
        }
        let documents = bytes(in: "/run")
        let kept = try Self.seconds { try run.writeImages(tasks, [], statistics: statistics, more: more, tally: sweep.tally, SilentProgress()) }
        let pictures = try files(in: "/run/images").count
        let each = Double(max(1, pictures))
        let slots = statistics.dropLast().reduce(0) { $0 + $1.units.count } * run.options.strongest
            + counts.reduce(0) { $0 + $1.count } * ReportRun.shownReferences
            + run.network.templates.reduce(0) { $0 + min($1.count, TemplateLayer.picturedTemplates) } * TemplateTally.windows
        let shown = Self.different(slots, of: real.count)
        time += kept / each * Double(shown)
        let copies = Int(Double(bytes(in: "/run/images")) / each * Double(shown))
        result.pictures += copies
        // An entry in the list of images is a line.
        result.phases.append(
            .init(
                name: "Keeping real images", amount: "about \(shown) images", seconds: time, peakMemory: ProcessMemory.peak,
                disk: documents + copies + 120 * shown))
    }

    /// How many different ones of `images` are among `draws` by chance.
    private static func different(_ draws: Int, of images: Int) -> Int {
        let count = Double(max(1, images))
        return min(draws, Int((count * (1 - exp(-Double(draws) / count))).rounded(.up)))
    }

    // MARK: Prototypes

    /// How many prototypes there will be: of classes (nil) that have images, and of the units of each layer.
    private var counts: [(layer: String?, count: Int)] {
        let present = real.isLabelled ? Set(real.labels.compactMap { $0 }) : Set(run.classes)
        return [(nil, run.classes.filter(present.contains).count)] + run.options.layers.map { ($0, run.units[$0]?.count ?? 0) }
    }

    private func measurePrototypes(
        _ tasks: [PrototypeTask], _ statistics: [LayerStatistics], _ progress: any ProgressReport, _ result: inout ReportEstimate
    ) throws {
        for (layer, count) in counts where count > 0 {
            let own = tasks.filter { $0.layer == layer }
            guard !own.isEmpty else { continue }
            progress.note("Measuring prototypes of \(layer ?? "classes")")
            ProcessMemory.resetPeak()
            let batch = MicroBatch.size(for: run.network.input.shape)
            let batches = (count + batch - 1) / batch, atOnce = min(run.threads, batches)
            let sample = (0..<min(count, batch * atOnce)).map { withAllReferences(own[$0 % own.count]) }
            var round = 0.0, steps = 0.0, planning = 0.0
            for phase in run.schedule.phases {
                let cost = try cost(of: sample, phase, statistics)
                planning += cost.planning
                round += cost.around
                steps += cost.step * Double(phase.steps * run.options.seeds)
            }
            let rounds = Double((batches + atOnce - 1) / atOnce)
            let kept = own.prefix(sample.count)
            let documents = kept.reduce(0) { $0 + size(run.folder.full(.prototype($1.target))) } / kept.count * count
            let pictures = kept.reduce(0) { $0 + size(run.folder.full(.prototypePicture($1.target))) } / kept.count * count * run.options.seeds
            result.pictures += pictures
            result.phases.append(
                .init(
                    name: "Prototypes of \(layer ?? "classes")",
                    amount: "\(count * run.options.seeds) pictures of \(run.options.steps) steps",
                    seconds: planning + rounds * (round + steps), peakMemory: ProcessMemory.peak, disk: documents + pictures))
        }
    }

    /// A task with as many references as it will have when all images are there.
    private func withAllReferences(_ task: PrototypeTask) -> PrototypeTask {
        let count: Int
        switch task.target {
        case .unit, .concept: count = run.references.count(among: real.count)
        case .classOutput(let index):
            count = min(run.options.references, real.isLabelled ? real.labels.count { $0 == index } : run.references.count(among: real.count))
        }
        var task = task
        let own = task.choice.references
        if !own.isEmpty { task.choice.references = (0..<count).map { own[$0 % own.count] } }
        return task
    }

    /// Seconds that `tasks`, made at the same time, take in one phase of the schedule: planning, which happens once; a step; and all else,
    /// which is looking at references, measuring and writing.
    private func cost(
        of tasks: [PrototypeTask], _ phase: OptimisationSchedule.Phase, _ statistics: [LayerStatistics]
    ) throws -> (planning: Double, step: Double, around: Double) {
        var tiny = tasks[0]
        tiny.choice.references = Array(tiny.choice.references.prefix(1))
        // The first time algorithms are timed, which this machine knows afterwards.
        _ = try measure([tiny], phase, steps: 1, statistics)
        let single = try measure([tiny], phase, steps: 2, statistics)
        let steps = 2 + max(2, min(40, Int(1.5 / max(single.step, 0.001))))
        let all = try measure(tasks, phase, steps: steps, statistics)
        let planning = max(0, single.total - 2 * single.step)
        return (planning, all.step, max(0, all.total - planning - Double(steps) * all.step))
    }

    private func measure(
        _ tasks: [PrototypeTask], _ phase: OptimisationSchedule.Phase, steps: Int, _ statistics: [LayerStatistics]
    ) throws -> (total: Double, step: Double) {
        var schedule = run.schedule
        schedule.phases = [.init(steps: steps, pooling: phase.pooling)]
        schedule.settling = nil
        let clock = StepClock()
        let run = run
        let total = try Self.seconds {
            try run.makeStudio(schedule, seeds: 1).run(tasks) { clock.note($0) } deliver: { try run.save($0, statistics) }
        }
        return (total, clock.seconds(forPictures: tasks.count))
    }

    // MARK: Files

    private func measureSite(_ result: inout ReportEstimate) throws {
        ProcessMemory.resetPeak()
        var pages = 0
        let site = place + "/site"
        let time = try Self.seconds { pages = try render(run.folder, site) }
        // Pictures are copied; the pages are as large as they will be, but for prototypes that the sample does not have.
        let text = bytes(in: "/site") { !$0.hasSuffix(".png") && !$0.hasSuffix(".jpg") }
        result.phases.append(
            .init(
                name: "Writing the site", amount: "\(pages) pages", seconds: time, peakMemory: ProcessMemory.peak,
                disk: text + result.pictures))
    }

    private func files(in folder: String) throws -> [String] {
        guard FileManager.default.fileExists(atPath: place + folder) else { return [] }
        return try FileManager.default.subpathsOfDirectory(atPath: place + folder)
    }

    private func bytes(in folder: String, where isWanted: (String) -> Bool = { _ in true }) -> Int {
        ((try? files(in: folder)) ?? []).filter(isWanted).reduce(0) { $0 + size(place + folder + "/" + $1) }
    }

    private func size(_ path: String) -> Int {
        guard let attributes = try? FileManager.default.attributesOfItem(atPath: path), attributes[.type] as? FileAttributeType == .typeRegular
        else { return 0 }
        return attributes[.size] as? Int ?? 0
    }
}

/// When steps were done.
private final class StepClock: @unchecked Sendable {
    private let lock = NSLock()
    private var first: (time: ContinuousClock.Instant, pictures: Int)?
    private var last: ContinuousClock.Instant?
    private var pictures = 0

    func note(_ count: Int) {
        lock.withLock {
            let now = ContinuousClock.now
            pictures += count
            if first == nil { first = (now, pictures) }
            last = now
        }
    }

    /// Seconds in which `count` pictures took one step each, from the first step done to the last.
    func seconds(forPictures count: Int) -> Double {
        lock.withLock {
            guard let first, let last, pictures > first.pictures else { return 0 }
            return first.time.duration(to: last).inSeconds / Double(pictures - first.pictures) * Double(count)
        }
    }
}

extension PrototypeTask {
    /// The layer of a unit; nil for a class.
    fileprivate var layer: String? {
        target.layer
    }
}
