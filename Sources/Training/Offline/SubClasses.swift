import Tensors

/// The sub-classes of every class: K-means clusters of the class's feature vectors in the space of discriminant analysis, as many of
/// each class (letKD's intermediate layer). Sub-class `a` belongs to class `a / perClass`.
public struct SubClasses: Sendable, Equatable {
    public let perClass: Int
    /// Values of a centre: the components of discriminant analysis.
    public let dimension: Int
    /// Classes * perClass x dimension: the mean of every sub-class, its prototype.
    public let centres: [Float]
    /// How many rows of its class each prototype is the nearest one of that class for.
    public let counts: [Int]
    /// By class, the sum of squared distances of its rows to their prototypes.
    public let inertias: [Double]
    /// After how many iterations no prototype moved any more, or the limit of them.
    public let iterations: Int

    /// Of all classes.
    public var count: Int { counts.count }
    public var classes: Int { count / perClass }
    /// By class, how many of its prototypes lie where another one of it does: there are fewer different features than sub-classes.
    public var repeated: [Int] {
        (0..<classes).map { number in
            let own = centres[number * perClass * dimension..<(number + 1) * perClass * dimension]
            return Tensor(shape: [perClass, dimension], values: Array(own)).repeatedRows.count
        }
    }
    public func `class`(of subClass: Int) -> Int { subClass / perClass }
}
