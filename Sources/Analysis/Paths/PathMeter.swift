import Dataset
import Diagnostics
import Images
import Network
import Run
import Tensors

/// Compares how the network treats prototypes with how it treats real images: layer by layer the rank correlation of the means of channels.
///
/// As in Geirhos et al. 2024, "Don't trust your eyes: on the (un)reliability of feature visualizations": pictures that excite a
/// unit as real images do without being processed like them say little about these.
struct PathMeter {
    let images: RealImages
    let threads: Int
    private let embedding: PictureEmbedding

    /// Real images of a target that are looked at, at most, and those of all others together.
    static let shown = 8, most = 64

    init(_ network: ImageNetwork, layers: [String], images: RealImages, threads: Int) throws {
        embedding = try PictureEmbedding(network, layers: layers)
        self.images = images
        self.threads = threads
    }

    /// A target with its prototype and real images of it.
    struct Subject: Sendable {
        var target: Prototype.Target
        /// Read when its turn comes.
        var prototype: @Sendable () throws -> Picture
        var references: [Reference]
        /// Whether the prototype was matched to these.
        var areReferences: Bool

        /// Real images that it was not matched to, where there are enough of them.
        init(_ task: PrototypeTask, prototype: @escaping @Sendable () throws -> Picture) {
            target = task.target
            self.prototype = prototype
            areReferences = task.choice.others.count < PathMeter.shown / 2
            references = Array((areReferences ? task.choice.references : task.choice.others).prefix(PathMeter.shown))
        }
    }

    /// What a picture is at each layer; nil where its channels cannot be ranked.
    private typealias Path = [RankVector?]

    /// Of `subjects`, which are of one kind; `done` is told how many there are yet. Throws a `Problem` when an image cannot be read.
    func entries(of subjects: [Subject], done: @escaping (_ subjects: Int) -> Void = { _ in }) throws -> [PathSimilarity.Entry] {
        let others = Self.others(of: subjects), (images, embedding) = (images, embedding)
        let otherPaths = try paths(of: others.map(\.reference))
        // One entry is delivered at a time, and nothing else touches these meanwhile.
        nonisolated(unsafe) var entries: [PathSimilarity.Entry] = []
        nonisolated(unsafe) let tell = done
        try OrderedWork.run(0..<subjects.count, threads: threads) {
            try Workspace(embedding.plan)
        } piece: { workspace, number in
            let subject = subjects[number]
            let pictures = try [subject.prototype()] + subject.references.map { try images.picture($0) }
            let paths = try embedding.vectors(of: pictures, workspace).map { $0.map { RankVector($0) } }
            // An image that excites both would be compared with itself.
            let own = Set(subject.references.map(\.image))
            let far = zip(others, otherPaths).filter { $0.0.subject != number && !own.contains($0.0.reference.image) }.map(\.1)
            return PathSimilarity.Entry(
                target: subject.target, images: subject.references, areReferences: subject.areReferences, otherImages: far.count,
                points: embedding.layers.indices.map { Self.point($0, embedding.layers[$0], of: paths[0], Array(paths.dropFirst()), far) })
        } deliver: { number, entry in
            entries.append(entry)
            tell(number + 1)
        }
        return entries
    }

    private func paths(of references: [Reference]) throws -> [Path] {
        let (images, embedding) = (images, embedding)
        nonisolated(unsafe) var result: [Path] = []
        try OrderedWork.run(0..<references.count, threads: threads) {
            try Workspace(embedding.plan)
        } piece: { workspace, number in
            try embedding.vectors(of: [images.picture(references[number])], workspace).map { $0.map { RankVector($0) } }
        } deliver: { result += $1 }
        return result
    }

    /// Real images of subjects spread evenly, as many of each.
    private static func others(of subjects: [Subject]) -> [(subject: Int, reference: Reference)] {
        let count = min(most, subjects.count), each = max(1, min(shown, most / max(1, count)))
        return (0..<count).flatMap { place in
            let subject = place * subjects.count / count
            return subjects[subject].references.prefix(each).map { (subject, $0) }
        }
    }

    private static func point(_ place: Int, _ layer: String, of prototype: Path, _ real: [Path], _ others: [Path]) -> PathSimilarity.Point {
        let real = real.compactMap { $0[place] }, others = others.compactMap { $0[place] }
        let own = real.count < 2 ? [] : real.indices.compactMap { number in
            mean(real.indices.filter { $0 != number }.map { real[number].correlation(with: real[$0]) })
        }
        return PathSimilarity.Point(
            layer: layer, prototype: prototype[place].flatMap { path in mean(real.map(path.correlation)) }.map(Float.init),
            real: mean(own).map(Float.init), realRange: own.isEmpty ? nil : [own.min(), own.max()].compactMap { $0.map { Float($0) } },
            others: mean(real.flatMap { one in others.map(one.correlation) }).map(Float.init))
    }

    private static func mean(_ values: [Double]) -> Double? { values.isEmpty ? nil : values.reduce(0, +) / Double(values.count) }
}
