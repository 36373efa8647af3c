public import Dataset
public import Diagnostics
import Foundation
import Images
public import Network
public import Run
import Tensors

/// Finds out what a report will cost: every stage does a little of what it would do, as it would do it, in a folder of its own that is
/// removed afterwards, and says what all of it will take.
///
/// Memory is that of this process meanwhile: it does not grow with images, units or steps, but for lists of a few bytes an image. Files are
/// those of the sample, multiplied: more than it will be.
public struct ReportProbe {
    /// The report's site, made of the folder given: how many pages it has.
    public typealias Renderer = (RunFolder, _ site: String) throws -> Int

    private let sample: ReportSample
    let place: String
    private let render: Renderer

    /// A probe of the report that has these parts; its folder is there from now to the end of `estimate`. Throws a `Problem` when the
    /// report could not be run.
    public init(
        network: ImageNetwork, description: NetworkDescription, images: RealImages, classNames: [String], options: RunOptions,
        tool: RunManifest.Tool, templates: TemplateStudy? = nil, teaching: TeacherStudy? = nil, directions: Directions? = nil,
        judge: Judge? = nil, labels: LabelStudy? = nil, threads: Int, render: @escaping Renderer
    ) throws {
        self.render = render
        Self.clearLeftovers()
        place = Self.temporary + "/\(Self.prefix)\(getpid())-\(UUID())"
        do {
            let present = Set(images.labels.compactMap { $0 })
            let classes = try ReportRun.selection(options, network: network, classNames: classNames).classes.filter(present.contains)
            let few = images.sample(max(64, 8 * threads * MicroBatch.size(for: network.input.shape)), of: Set(classes.prefix(16)))
            sample = ReportSample(
                run: try ReportRun(
                    network: network, description: description, images: few, classNames: classNames, options: options, title: "Estimate",
                    tool: tool, warnings: [], templates: templates, teaching: teaching, directions: directions, judge: judge,
                    labels: labels?.selecting(few), threads: threads, folder: try RunFolder.create(at: place + "/run")),
                real: images)
        } catch {
            try? FileManager.default.removeItem(atPath: place)
            throw error
        }
    }

    /// Measures. Tells `progress` what it is at.
    public func estimate(progress: any ProgressReport) throws -> ReportEstimate {
        defer { try? FileManager.default.removeItem(atPath: place) }
        var result = ReportEstimate(threads: sample.run.threads)
        try sample.run.writeBeginning()
        var findings = ReportFindings()
        func measure<Stage: ReportStage>(_ stage: Stage) throws {
            findings.add(try stage.measure(sample, findings, &result, progress: progress), of: stage)
        }
        for stage in ReportStages.all { try measure(stage) }
        progress.note("Measuring the site")
        try measureSite(&result)
        return result
    }

    // MARK: The folder

    private static let prefix = "vitrine-estimate-"
    private static var temporary: String { FileManager.default.temporaryDirectory.path }

    /// Removes the folders of estimates that were killed.
    private static func clearLeftovers() {
        for name in (try? FileManager.default.contentsOfDirectory(atPath: temporary)) ?? [] where Leftover.isOne(name, prefix: prefix) {
            try? FileManager.default.removeItem(atPath: temporary + "/" + name)
        }
    }

    private func measureSite(_ result: inout ReportEstimate) throws {
        ProcessMemory.resetPeak()
        var pages = 0
        let site = place + "/site"
        let time = try ReportSample.seconds { pages = try render(sample.run.folder, site) }
        // Pictures are copied; the pages are as large as they will be, but for prototypes that the sample does not have.
        let text = ReportSample.bytes(in: site) { !$0.hasSuffix(".png") && !$0.hasSuffix(".jpg") }
        result.phases.append(
            .init(
                name: "Writing the site", amount: "\(pages) pages", seconds: time, peakMemory: ProcessMemory.peak,
                disk: text + result.pictures))
    }
}
