import Diagnostics
import Tensors

/// Sums over images from which the correlation of every unit with every word follows, though no word takes part in them: the likeness of an
/// image and a word is the product of their vectors, so that sums of products of activations and vectors are enough. Memory is units x width
/// and width squared, whatever the number of images and of words.
struct AssociationSums {
    let units, width: Int
    private(set) var images = 0
    private var sums: [Double]
    private var squares: [Double]
    private var vectors: [Double]
    /// Units x width.
    private var products: [Double]
    /// Width x width: of vectors with themselves, in the lower triangle.
    private var moments: [Double]

    init(units: Int, width: Int) {
        (self.units, self.width) = (units, width)
        sums = Array(repeating: 0, count: units)
        squares = sums
        vectors = Array(repeating: 0, count: width)
        products = Array(repeating: 0, count: units * width)
        moments = Array(repeating: 0, count: width * width)
    }

    /// Adds `count` images: their activations (images x units) and vectors (images x width).
    mutating func add(_ activations: [Float], _ rows: [Float], count: Int) throws {
        guard width > 0 else { return images += count }
        let values = rows.map(Double.init)
        for image in 0..<count {
            for place in 0..<width { vectors[place] += values[image * width + place] }
        }
        products.withUnsafeMutableBufferPointer { products in
            values.withUnsafeBufferPointer { values in
                for unit in 0..<units {
                    for image in 0..<count {
                        let own = Double(activations[image * units + unit])
                        sums[unit] += own
                        squares[unit] += own * own
                        // Most units are silent most of the time, deep in a network.
                        guard own != 0 else { continue }
                        for place in 0..<width { products[unit * width + place] += own * values[image * width + place] }
                    }
                }
            }
        }
        try addSymmetricProduct(of: values, columns: width, to: &moments)
        images += count
    }

    private var mean: [Double] { vectors.map { $0 / Double(max(1, images)) } }

    /// Of the vectors over the images, width x width.
    var covariance: [Double] {
        let mean = mean, count = Double(max(1, images))
        var result = [Double](repeating: 0, count: width * width)
        for row in 0..<width {
            for column in 0...row {
                let value = moments[row * width + column] / count - mean[row] * mean[column]
                (result[row * width + column], result[column * width + row]) = (value, value)
            }
        }
        return result
    }

    /// Of each of `range` its covariance with every number of a vector, divided by its standard deviation: units x width; nil for a unit that
    /// is the same on all images.
    func directions(of range: Range<Int>) -> [[Float]?] {
        let mean = mean, count = Double(max(1, images))
        return range.map { unit in
            let own = sums[unit] / count, variance = squares[unit] / count - own * own
            guard variance > 1e-12 * squares[unit] / count, variance > 0 else { return nil }
            let scale = 1 / variance.squareRoot()
            return (0..<width).map { Float((products[unit * width + $0] / count - own * mean[$0]) * scale) }
        }
    }

    // MARK: State

    func save(to archive: inout ByteArchive) {
        archive.put(images)
        for values in [sums, squares, vectors, products, moments] { archive.put(values) }
    }

    /// Throws a `Problem` when what is there is of other units or vectors.
    init(units: Int, width: Int, from archive: inout ByteArchive) throws {
        self.init(units: units, width: width)
        images = try archive.takeInteger()
        let kept: [[Double]] = try (0..<5).map { _ in try archive.take() }
        guard zip(kept, [sums, squares, vectors, products, moments]).allSatisfy({ $0.count == $1.count }) else { throw ByteArchive.damaged }
        (sums, squares, vectors, products, moments) = (kept[0], kept[1], kept[2], kept[3], kept[4])
    }
}
