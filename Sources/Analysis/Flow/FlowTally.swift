import Network
import Run
import Tensors

/// What a pass of relevance found, added up over the images of each target.
struct FlowTally {
    /// Images kept of each unit.
    static let relevantImages = 8
    /// Units named with each target.
    static let named = 10

    /// Channels of each layer that is read.
    let units: [Int]
    /// Targets done.
    private(set) var done = 0
    /// By target.
    private var started: [Double] = []
    private var images: [Int64] = []
    /// By layer: relevance of target times unit.
    private var sums: [[Float]]
    /// By layer and unit, where they are wanted: the images with the largest share of relevance, largest first.
    private var relevant: [[Candidates]]

    struct Candidates {
        var shares: [Float] = []
        var images: [Int32] = []
        var positions: [Int32] = []
        var targets: [Int32] = []

        mutating func insert(share: Float, image: Int32, position: Int32, target: Int32) {
            guard shares.count < FlowTally.relevantImages || share > shares[shares.count - 1] else { return }
            // Of equals the earlier stands first.
            let place = shares.firstIndex { $0 < share } ?? shares.count
            shares.insert(share, at: place)
            images.insert(image, at: place)
            positions.insert(position, at: place)
            targets.insert(target, at: place)
            guard shares.count > FlowTally.relevantImages else { return }
            shares.removeLast()
            images.removeLast()
            positions.removeLast()
            targets.removeLast()
        }
    }

    init(units: [Int], keepsImages: Bool) {
        self.units = units
        sums = units.map { _ in [] }
        relevant = keepsImages ? units.map { Array(repeating: Candidates(), count: $0) } : []
    }

    /// Adds what the images of the next target gave; `references` are these images.
    mutating func add(_ found: [FlowPass.Image], of references: [Reference]) {
        // Of a network with broken weights relevance may be no number; a target whose activation is not above zero has none.
        let usable = zip(found, references).filter { image, _ in
            image.started.isFinite && image.started > 0 && image.sums.allSatisfy { $0.allSatisfy(\.isFinite) }
        }
        started.append(usable.reduce(0.0) { $0 + $1.0.started })
        images.append(Int64(usable.count))
        for layer in units.indices {
            var total = [Double](repeating: 0, count: units[layer])
            for (image, reference) in usable {
                for unit in 0..<units[layer] {
                    let value = image.sums[layer][unit]
                    total[unit] += Double(value)
                    guard !relevant.isEmpty, value > 0 else { continue }
                    relevant[layer][unit].insert(
                        share: Float(Double(value) / image.started), image: Int32(truncatingIfNeeded: reference.image),
                        position: image.positions[layer][unit], target: Int32(truncatingIfNeeded: done))
                }
            }
            sums[layer] += total.map { Float($0) }
        }
        done += 1
    }

    /// What `unit` of a layer carries of the target's relevance.
    func share(of unit: Int, in layer: Int, target: Int) -> Float {
        started[target] > 0 ? Float(Double(sums[layer][target * units[layer] + unit]) / started[target]) : 0
    }

    /// Who carries the target's relevance at a layer, which is called `name`; nil where none started.
    func source(of target: Int, in layer: Int, name: String) -> RelevanceSource? {
        guard started[target] > 0 else { return nil }
        let shares = (0..<units[layer]).map { share(of: $0, in: layer, target: target) }
        let arrived = shares.reduce(0.0) { $0 + Double($1) }
        let best = Sweep.best(Self.named, of: shares.map(abs)).filter { shares[$0] != 0 }
        return RelevanceSource(
            layer: name, images: Int(images[target]), arrived: Float(arrived), residual: Float(abs(arrived - 1)),
            units: best.map { .init(index: $0, share: shares[$0]) })
    }

    func relevant(_ layer: Int, _ unit: Int) -> Candidates { relevant.isEmpty ? Candidates() : relevant[layer][unit] }

    // MARK: State

    private static let version = "flow 1"

    func state() -> [UInt8] {
        var archive = ByteArchive()
        archive.put(Self.version)
        archive.put(units.map(Int64.init))
        archive.put(done)
        archive.put(started)
        archive.put(images)
        for layer in sums { archive.put(layer) }
        for candidates in relevant.joined() {
            archive.put(candidates.shares)
            archive.put(candidates.images)
            archive.put(candidates.positions)
            archive.put(candidates.targets)
        }
        return archive.bytes
    }

    /// Goes back to a state; leaves everything as it is where it is not one of such a pass.
    mutating func restore(_ bytes: [UInt8], targets: Int) {
        var archive = ByteArchive(bytes), restored = self
        guard (try? restored.load(&archive)) != nil, restored.done <= targets else { return }
        self = restored
    }

    private struct Unfit: Error {}

    private mutating func load(_ archive: inout ByteArchive) throws {
        guard try archive.takeText() == Self.version, try archive.take(Int64.self) == units.map(Int64.init) else { throw Unfit() }
        done = try archive.takeInteger()
        started = try archive.take()
        images = try archive.take()
        for layer in sums.indices { sums[layer] = try archive.take() }
        for layer in relevant.indices {
            for unit in relevant[layer].indices {
                relevant[layer][unit] = .init(
                    shares: try archive.take(), images: try archive.take(), positions: try archive.take(), targets: try archive.take())
            }
        }
        guard started.count == done, images.count == done, zip(sums, units).allSatisfy({ $0.count == done * $1 }) else { throw Unfit() }
    }
}
