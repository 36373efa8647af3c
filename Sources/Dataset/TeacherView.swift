import Images
public import Network

/// A student's pictures as its teacher takes them: with the colours and the order of channels that it was trained with, and in its size.
/// Of another size they are resampled linearly, with antialiasing where they become smaller: what Pillow's `BILINEAR` and PyTorch's
/// `interpolate(mode="bilinear", antialias=True)` compute, without rounding.
public struct TeacherView: Sendable {
    private let teacher: ImageNetwork.Input
    private let student: ImageNetwork.Input
    private let down: [Run]
    private let across: [Run]
    /// True where the teacher, given the files, would resize and cut them just so: only colours differ, if anything.
    public let keepsFraming: Bool

    /// What a position is made of: weights of neighbouring positions, the first of which is `first`.
    private struct Run: Sendable {
        let first: Int
        let weights: [Float]
    }

    /// - Parameter student: has as many channels as `teacher`.
    public init(of student: ImageNetwork.Input, for teacher: ImageNetwork.Input) {
        precondition(student.channels == teacher.channels, "pictures of as many channels")
        (self.student, self.teacher) = (student, teacher)
        down = Self.runs(from: student.size[0], to: teacher.size[0])
        across = Self.runs(from: student.size[1], to: teacher.size[1])
        // What no picture becomes is in nobody's way.
        keepsFraming = (try? Preprocessing(teacher).sharesPixels(with: Preprocessing(student))) ?? false
    }

    /// True where the two take pictures of one size.
    public var keepsSize: Bool { teacher.size == student.size }

    /// What pictures seen so are, for results that follow from them; nil where they are the teacher's own.
    public var identity: String? {
        keepsFraming ? nil : "\(student.size[0]) x \(student.size[1]) as \(student.fingerprint)" + (keepsSize ? "" : ", resampled")
    }

    /// Writes `count` pictures, normalised for the student, as the teacher takes them, C x H x W.
    public func write(_ images: UnsafePointer<Float>, count: Int, to target: UnsafeMutablePointer<Float>) {
        let channels = teacher.channels, area = teacher.size[0] * teacher.size[1], smallArea = student.size[0] * student.size[1]
        let (own, other) = ((teacher.unitMean, teacher.unitDeviation), (student.unitMean, student.unitDeviation))
        let isRecoloured = own != other || teacher.channelOrder != student.channelOrder
        guard isRecoloured || !keepsSize else {
            target.update(from: images, count: count * channels * area)
            return
        }
        var rows = [Float](repeating: 0, count: keepsSize ? 0 : teacher.size[0] * student.size[1])
        for plane in 0..<count * channels {
            // Where one of them takes blue first, the student's plane of the same colour is on the other side.
            let channel = plane % channels, isTurned = teacher.channelOrder != student.channelOrder
            let source = isTurned ? channels - 1 - channel : channel, from = images + (plane - channel + source) * smallArea
            let to = target + plane * area
            if keepsSize { to.update(from: from, count: area) } else { resample(from, through: &rows, to: to) }
            guard isRecoloured else { continue }
            let scale = other.1[source] / own.1[channel]
            let shift = (other.0[source] - own.0[channel]) / own.1[channel]
            for place in 0..<area { to[place] = to[place] * scale + shift }
        }
    }

    private func resample(_ source: UnsafePointer<Float>, through rows: inout [Float], to target: UnsafeMutablePointer<Float>) {
        let width = student.size[1]
        for (row, run) in down.enumerated() {
            for column in 0..<width {
                var sum: Float = 0
                for (offset, weight) in run.weights.enumerated() { sum += weight * source[(run.first + offset) * width + column] }
                rows[row * width + column] = sum
            }
        }
        for row in down.indices {
            for (column, run) in across.enumerated() {
                var sum: Float = 0
                for (offset, weight) in run.weights.enumerated() { sum += weight * rows[row * width + run.first + offset] }
                target[row * across.count + column] = sum
            }
        }
    }

    /// The triangle filter over positions whose middles are at half numbers.
    private static func runs(from count: Int, to newCount: Int) -> [Run] {
        let scale = Double(count) / Double(newCount), reach = max(1, scale)
        return (0..<newCount).map { position in
            let middle = (Double(position) + 0.5) * scale
            let first = max(0, Int(middle - reach + 0.5)), end = min(count, Int(middle + reach + 0.5))
            let weights = (first..<end).map { max(0, 1 - abs((Double($0) + 0.5 - middle) / reach)) }
            let sum = weights.reduce(0, +)
            return Run(first: first, weights: weights.map { Float($0 / sum) })
        }
    }
}
