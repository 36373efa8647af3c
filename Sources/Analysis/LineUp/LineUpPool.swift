import Dataset
import Diagnostics
import Network
import Run
import Tensors

/// Real images drawn at random, and what all units do on each: on the whole image, and on a window of it where windows are shown.
///
/// Memory grows with images drawn times units.
struct LineUpPool: Sendable {
    /// Images drawn, at most.
    static let size = 64

    /// An image as it would be shown, with the units' largest activations on it, by layer.
    struct Entry: Sendable {
        var reference: Reference
        var whole: [String: [Float]]
        var shown: [String: [Float]]
    }

    private var entries: [[Int]: [Entry]] = [:]
    /// Images drawn.
    let count: Int

    /// The images as a unit needs them whose pictures have `sides` (height, width), or are whole when that is empty.
    func entries(sides: [Int]) -> [Entry] { entries[sides] ?? [] }

    /// The numbers of the images drawn: up to `size` of `readable`, with the run's seed.
    static func draw(from readable: [Int], seed: UInt64) -> [Int] {
        var random = RandomSource(seed: seed, stream: "line-up/pool")
        return Array(readable.shuffled(using: &random).prefix(size))
    }

    /// A window of `sides` at a place of `grid` that is drawn with the run's seed; where the grid has none of these sides, anywhere.
    static func window(_ sides: [Int], of image: Int, in grid: WindowGrid, input: [Int], seed: UInt64) -> [Int] {
        var random = RandomSource(seed: seed, stream: "line-up/window/\(image)/\(sides[0])x\(sides[1])")
        let fitting = grid.windows.filter { [$0[2] - $0[0], $0[3] - $0[1]] == sides }
        if let chosen = fitting.randomElement(using: &random) { return chosen }
        let top = random.integer(in: 0...max(0, input[0] - sides[0])), left = random.integer(in: 0...max(0, input[1] - sides[1]))
        return [top, left, top + sides[0], left + sides[1]]
    }

    /// Looks at the images `numbers` for all units of `layers`: once whole, and once with a window of each of `sides`.
    init(
        _ numbers: [Int], sides: Set<[Int]>, layers: [String], meter: LineUpMeter, grid: WindowGrid, seed: UInt64, threads: Int,
        progress: any ProgressReport
    ) throws {
        count = numbers.count
        let sides = sides.filter { !$0.isEmpty }.sorted { $0.lexicographicallyPrecedes($1) }
        let input = meter.input
        nonisolated(unsafe) var found: [[Int]: [Entry]] = [:]
        progress.begin("Drawing images for line-ups", total: numbers.count, done: 0)
        defer { progress.end() }
        try OrderedWork.run(0..<numbers.count, threads: threads) {
            try Workspace(meter.plan)
        } piece: { workspace, place -> [([Int], Entry)] in
            let image = numbers[place]
            let references = [Reference(image: image)] + sides.map {
                Reference(image: image, window: Self.window($0, of: image, in: grid, input: input, seed: seed))
            }
            let maxima = try meter.maxima(of: references, layers: layers, workspace)
            return zip([[]] + sides, references).enumerated().map { number, item in
                (item.0, Entry(reference: item.1, whole: maxima[0], shown: maxima[number]))
            }
        } deliver: { place, results in
            for (sides, entry) in results { found[sides, default: []].append(entry) }
            progress.update(place + 1)
        }
        entries = found
    }
}
