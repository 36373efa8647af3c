import Network
package import Tensors

/// Tensors whose values follow from their names: the same numbers, bit for bit, as `formula` of
/// `Fixtures/architectures/make_goldens.py`. Names and shapes are those of PyTorch's state dictionaries.
package struct FormulaTensors: TensorSource {
    package private(set) var names: [String]
    private var shapes: [String: Shape]
    /// Variance that a convolution gives per unit of its input's mean square.
    private let gain: Double

    package init(_ list: [(name: String, shape: Shape)], gain: Double) {
        names = list.map(\.name)
        shapes = Dictionary(list, uniquingKeysWith: { first, _ in first })
        self.gain = gain
    }

    /// The state dictionary of an architecture, which `StateDictionaryTests` compares with PyTorch's; some tensors of other shapes.
    package init(architecture: String, gain: Double = 1, changes: [String: [Int]] = [:]) throws {
        self.init(try Architectures.named(architecture).tensorShapes(), gain: gain)
        for (name, extents) in changes { shapes[name] = Shape(extents) }
    }

    package func shape(of name: String) -> Shape? { shapes[name] }

    /// The same source with a tensor left out (`nil`), of another shape, or added.
    package func changing(_ name: String, to shape: Shape?) -> FormulaTensors {
        var result = self
        result.shapes[name] = shape
        result.names.removeAll { $0 == name }
        if shape != nil { result.names.append(name) }
        return result
    }

    package func tensor(_ name: String) throws -> Tensor {
        let shape = shapes[name] ?? []
        let values = FormulaTensors.uniform(name, count: shape.count)
        let transform: (Double) -> Double
        if name.hasSuffix("running_var") {
            transform = { 0.3 + 1.5 * $0 }
        } else if name.hasSuffix("running_mean") {
            transform = { 0.6 * ($0 - 0.5) }
        } else if name.hasSuffix("token") || name.contains("pos_embed") {
            transform = { 2 * $0 - 1 }
        } else if name.hasSuffix("bias") {
            transform = { 0.4 * ($0 - 0.5) }
        } else if shape.rank == 1 {
            transform = { 0.6 + 0.8 * $0 }
        } else {
            let scale = (3 * gain / Double(shape.dimensions.dropFirst().reduce(1, *))).squareRoot()
            transform = { (2 * $0 - 1) * scale }
        }
        return Tensor(shape: shape, values: Array(values.map { Float(transform($0)) }))
    }

    /// An input batch of unit variance.
    package static func images(_ shape: Shape) -> [Float] {
        let scale = 3.0.squareRoot()
        return Array(uniform("input", count: shape.count).map { Float((2 * $0 - 1) * scale) })
    }

    /// `count` values in [0, 1), multiples of 2^-24: FNV-1a of the name, mixed with the position as in MurmurHash3.
    package static func uniform(_ name: String, count: Int) -> LazyMapSequence<Range<Int>, Double> {
        var hash: UInt32 = 0x811c_9dc5
        for byte in name.utf8 { hash = (hash ^ UInt32(byte)) &* 0x0100_0193 }
        return (0..<count).lazy.map { [hash] position in
            var x = UInt32(truncatingIfNeeded: position) &* 0x9e37_79b9 ^ hash
            x = (x ^ (x >> 16)) &* 0x85eb_ca6b
            x = (x ^ (x >> 13)) &* 0xc2b2_ae35
            x ^= x >> 16
            return Double(x >> 8) * 0x1p-24
        }
    }
}
