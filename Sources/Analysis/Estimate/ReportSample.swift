import Dataset
import Foundation
import Run

/// A report of a sample of the images, in a folder of its own: what stages measure themselves on.
struct ReportSample {
    /// Over the sample.
    let run: ReportRun
    /// All images.
    let real: RealImages

    /// Units of each layer that a stage looks at for an estimate where each takes as long as any other, at most.
    static let units = 32

    /// A part of the sample's folder.
    enum Part: String {
        case run = "", images = "/images"
    }

    static func seconds(_ body: () throws -> Void) rethrows -> Double { try ContinuousClock().measure(body).inSeconds }

    /// How many different ones of `images` are among `draws` by chance.
    static func different(_ draws: Int, of images: Int) -> Int {
        let count = Double(max(1, images))
        return min(draws, Int((count * (1 - exp(-Double(draws) / count))).rounded(.up)))
    }

    // MARK: Prototypes

    /// How many prototypes there will be: of classes that have images, of the units of each layer, and of concepts.
    var prototypes: [(group: String, count: Int)] {
        let present = real.isLabelled ? Set(real.labels.compactMap { $0 }) : Set(run.classes)
        return [("classes", run.classes.filter(present.contains).count)] + run.options.layers.map { ($0, run.units[$0]?.count ?? 0) }
            + run.concepts.counts.map { ("concepts of \($0.layer)", $0.count) }
    }

    /// A task with as many references as it will have when all images are there.
    func withAllReferences(_ task: PrototypeTask) -> PrototypeTask {
        let count: Int
        switch task.target {
        case .unit, .concept, .facet: count = run.references.count(among: real.count)
        case .classOutput(let index):
            count = min(run.options.references, real.isLabelled ? real.labels.count { $0 == index } : run.references.count(among: real.count))
        }
        var task = task
        let own = task.choice.references
        if !own.isEmpty { task.choice.references = (0..<count).map { own[$0 % own.count] } }
        return task
    }

    // MARK: Files

    func files(in part: Part) -> [String] { Self.files(in: run.folder.path + part.rawValue) }

    func bytes(in part: Part) -> Int { Self.bytes(in: run.folder.path + part.rawValue) }

    /// The size of a file of the run; 0 when there is none.
    func size(_ path: RunPath) -> Int { Self.size(run.folder.full(path)) }

    static func files(in folder: String) -> [String] { (try? FileManager.default.subpathsOfDirectory(atPath: folder)) ?? [] }

    static func bytes(in folder: String, where isWanted: (String) -> Bool = { _ in true }) -> Int {
        files(in: folder).filter(isWanted).reduce(0) { $0 + size(folder + "/" + $1) }
    }

    private static func size(_ path: String) -> Int {
        guard let attributes = try? FileManager.default.attributesOfItem(atPath: path), attributes[.type] as? FileAttributeType == .typeRegular
        else { return 0 }
        return attributes[.size] as? Int ?? 0
    }
}
