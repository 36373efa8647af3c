public import Diagnostics
public import Images

/// Some images that an `ImageReader` read, in order.
public struct ImageBatch: Sendable {
    public let numbers: [Int]
    /// Nil for those that could not be read.
    public internal(set) var pictures: [Picture?] = []
    /// Why an image could not be read; nil for the others.
    public internal(set) var failures: [Problem?] = []

    init(numbers: [Int]) { self.numbers = numbers }

    public var count: Int { numbers.count }

    /// Writes the pictures one after the other as C x H x W normalised values, zeros for one that could not be read.
    public func write(_ preprocessing: Preprocessing, into target: UnsafeMutablePointer<Float>) {
        let size = preprocessing.channels * preprocessing.cropHeight * preprocessing.cropWidth
        for (slot, picture) in pictures.enumerated() {
            guard let picture else {
                (target + slot * size).update(repeating: 0, count: size)
                continue
            }
            preprocessing.tensorValues(of: picture, into: target + slot * size)
        }
    }

    /// For those who pass over nothing. Throws the `Problem` of the first image that could not be read.
    public func checkWhole() throws(Problem) {
        for case let problem? in failures { throw problem }
    }
}
