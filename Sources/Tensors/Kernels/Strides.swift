/// Walks over several arrays at once, each with its own distance between neighbours on every axis; 0 repeats a value.
///
/// Axes that lie behind one another in all arrays are merged, so that the innermost loop is as long as it can be.
struct Strides: Sendable {
    /// Outermost first; at least one axis.
    private(set) var extents: [Int]
    /// Of each array, by axis.
    private(set) var distances: [[Int]]

    init(extents: [Int], distances: [[Int]]) {
        self.extents = [1]
        self.distances = distances.map { _ in [0] }
        for axis in extents.indices where extents[axis] != 1 {
            let last = self.extents.count - 1
            let isOne = self.extents[last] == 1
            let merges = distances.indices.allSatisfy { self.distances[$0][last] == distances[$0][axis] * extents[axis] }
            if isOne || merges {
                self.extents[last] *= extents[axis]
                for array in distances.indices { self.distances[array][last] = distances[array][axis] }
            } else {
                self.extents.append(extents[axis])
                for array in distances.indices { self.distances[array].append(distances[array][axis]) }
            }
        }
    }

    /// The length of the innermost run, and how far apart its values are in each array.
    var runLength: Int { extents[extents.count - 1] }
    var runDistances: [Int] { distances.map { $0[$0.count - 1] } }

    /// Row-major distances of an array of `shape`, seen as `target` by repeating it (NumPy's broadcasting).
    static func broadcasting(_ shape: [Int], to target: [Int]) -> [Int] {
        var result = [Int](repeating: 0, count: target.count)
        var distance = 1
        for axis in shape.indices.reversed() {
            let place = axis + target.count - shape.count
            if shape[axis] != 1 { result[place] = distance }
            distance *= shape[axis]
        }
        return result
    }

    /// Calls `body` with the beginning of every innermost run in each of three arrays; arrays there are not begin at 0.
    func forEachRun(_ body: (_ a: Int, _ b: Int, _ c: Int) -> Void) {
        let outer = extents.count - 1
        var index = [Int](repeating: 0, count: outer)
        var places = [0, 0, 0]
        if extents.contains(0) { return }
        while true {
            body(places[0], places[1], places[2])
            var axis = outer - 1
            while axis >= 0 {
                index[axis] += 1
                for array in distances.indices { places[array] += distances[array][axis] }
                if index[axis] < extents[axis] { break }
                for array in distances.indices { places[array] -= distances[array][axis] * extents[axis] }
                index[axis] = 0
                axis -= 1
            }
            if axis < 0 { return }
        }
    }
}
