import Images
import Network
import Run

/// Whether the network treats the pictures of a comparison as it treats real images of their classes, layer by layer.
struct ComparedPaths {
    let layers: [String]
    private let run: ComparisonRun
    private let tasks: [PrototypeTask]
    private let meter: PathMeter

    init(run: ComparisonRun, unreadable: Set<Int>) throws {
        self.run = run
        layers = try run.network.path(through: [])
        meter = try PathMeter(run.network, layers: layers, images: run.images, threads: run.threads)
        // The real images that a report would take: they are not among those that VITAL is matched to, where there are others.
        tasks = run.classes.map { index in
            PrototypeTask(
                target: .classOutput(index: index), layers: [],
                choice: .ofLabelledClass(
                    index, labels: run.images.labels, unreadable: unreadable, count: run.options.references, seed: run.options.seed))
        }.filter { !$0.choice.references.isEmpty }
    }

    /// Of the first picture of each class by `method`: means over classes, by layer, of the correlation of the picture with real images, of
    /// these among themselves, and of these with those of other classes.
    func means(of method: ComparedMethod) throws -> (pictures: [Float?], real: [Float?], others: [Float?]) {
        let folder = run.folder
        let entries = try meter.entries(
            of: tasks.map { task in
                PathMeter.Subject(task) {
                    guard case .classOutput(let index) = task.target else { preconditionFailure("a comparison is of classes") }
                    return try ImageDecoder.picture(at: folder.full(.comparedPicture(method: method.rawValue, class: index, 0)))
                }
            })
        func mean(_ value: (PathSimilarity.Point) -> Float?) -> [Float?] {
            layers.indices.map { place in
                let values = entries.compactMap { value($0.points[place]) }
                return values.isEmpty ? nil : values.reduce(0, +) / Float(values.count)
            }
        }
        return (mean(\.prototype), mean(\.real), mean(\.others))
    }
}
