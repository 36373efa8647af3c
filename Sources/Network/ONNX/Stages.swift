import Tensors

/// The stem of a network and the ends of its stages, as far as its layers' names and sizes tell them.
struct Stages {
    private(set) var landmarks: [String] = []
    private(set) var reported: [String] = []
    /// The stem convolution and the end of each stage (VITAL, supplement).
    private(set) var matched: [String] = []

    private struct Part {
        var name: String
        var node: Int
        var depth: Int
    }

    /// `modules` are names that `graph` knows, as far as it has any.
    init(_ graph: Graph, modules: [String], input: Shape) throws {
        let shapes = try graph.mapShapes(input: input)
        let isWeighted = graph.nodes.map {
            $0.operation is Convolution || $0.operation is Linear || $0.operation is MatrixProduct
        }
        guard let stem = graph.nodes.firstIndex(where: { $0.operation is Convolution || $0.operation is Linear }) else { return }
        let secondWeighted = isWeighted.indices.first { $0 > stem && isWeighted[$0] } ?? graph.nodes.count

        func depth(_ name: String) -> Int { name.split(separator: ".").count }
        var parts = modules.compactMap { name in graph.index[name].map { Part(name: name, node: $0, depth: depth(name)) } }
        // Without modules every node may end a stage.
        if parts.count < 4 { parts = graph.nodes.enumerated().dropFirst().map { Part(name: $1.name, node: $0, depth: 1) } }

        var ends: [Part] = []
        for size in Self.sizes(parts.map { shapes[$0.node] }) {
            let here = parts.filter {
                $0.node >= secondWeighted && Self.size(shapes[$0.node]) == size
                    && !(graph.nodes[$0.node].operation is Rearrangement)
            }
            guard let least = here.map(\.depth).min(), let end = here.filter({ $0.depth == least }).max(by: { $0.node < $1.node })
            else { continue }
            ends.append(end)
        }
        // Stages are large parts: what is far inside one, such as the windows of an attention, is none.
        let outermost = ends.map(\.depth).min() ?? 1
        ends.removeAll { $0.depth > outermost + 1 }
        if ends.count < 3, let blocks = Self.blocks(parts.map(\.name)) {
            ends = blocks.map { Part(name: $0, node: graph.index[$0] ?? 0, depth: depth($0)) }
        }
        ends.sort { $0.node < $1.node }

        // Ends are called alike: `features.18`, not `features`, where others are called `features.3`.
        let common = ends.map(\.depth).max() ?? 1
        let names = ends.map { end in
            parts.filter { $0.node == end.node && $0.depth >= end.depth && $0.depth <= common }.max {
                ($0.depth, $1.name) < ($1.depth, $0.name)
            }?.name ?? end.name
        }
        let stemName = graph.nodes[stem].name
        var seen = Set<Int>([stem])
        matched = [stemName] + names.filter { seen.insert(graph.index[$0] ?? 0).inserted }
        landmarks = matched
        reported = Array(matched.dropFirst().suffix(3))
        if reported.isEmpty { reported = [stemName] }
    }

    /// Heights and widths of maps, in the order in which they appear; rows of tokens are none.
    private static func sizes(_ shapes: [Shape]) -> [[Int]] {
        var result: [[Int]] = []
        for shape in shapes {
            let size = size(shape)
            if size.allSatisfy({ $0 > 1 }), result.count < 64, !result.contains(size) { result.append(size) }
        }
        return result
    }

    private static func size(_ shape: Shape) -> [Int] { Array(shape.dimensions.dropFirst()) }

    /// Of the longest row of modules that are numbered (`blocks.0`, `blocks.1`, …), the ends of its quarters.
    private static func blocks(_ modules: [String]) -> [String]? {
        var rows: [String: [(number: Int, name: String)]] = [:]
        for name in modules {
            let digits = name.reversed().prefix { $0.isASCII && $0.isNumber }.count
            guard digits > 0, digits < 5, let number = Int(name.suffix(digits)) else { continue }
            let prefix = String(name.dropLast(digits))
            guard prefix.hasSuffix(".") || prefix.hasSuffix("_") || prefix.hasSuffix("block") || prefix.hasSuffix("layer") else {
                continue
            }
            rows[prefix, default: []].append((number, name))
        }
        let best = rows.filter { $0.value.count >= 4 }.min { left, right in
            // Long rows first, of those the outermost.
            (-left.value.count, left.key.split(separator: ".").count, left.key) < (
                -right.value.count, right.key.split(separator: ".").count, right.key
            )
        }
        guard let row = best?.value.sorted(by: { $0.number < $1.number }) else { return nil }
        return (1...4).map { row[row.count * $0 / 4 - 1].name }
    }
}
