import Tensors

/// A random sample of rows of a stream of unknown length, each with the same probability: Algorithm R (Vitter 1985).
struct RowSample {
    let capacity: Int
    let dimension: Int
    /// Rows x dimension.
    private(set) var values: [Float] = []
    /// Rows gone by so far.
    private(set) var seen = 0
    private var random: RandomSource

    init(capacity: Int, dimension: Int, random: RandomSource) {
        precondition(capacity > 0 && dimension > 0)
        self.capacity = capacity
        self.dimension = dimension
        self.random = random
    }

    var rows: Int { min(seen, capacity) }

    mutating func add(_ row: UnsafePointer<Float>) {
        seen += 1
        if seen <= capacity {
            values.append(contentsOf: UnsafeBufferPointer(start: row, count: dimension))
            return
        }
        let place = random.integer(in: 0...seen - 1)
        guard place < capacity else { return }
        for column in 0..<dimension { values[place * dimension + column] = row[column] }
    }

    /// Takes `shift` off every row.
    mutating func subtract(_ shift: [Float]) {
        for place in values.indices { values[place] -= shift[place % dimension] }
    }
}
