/// When a picture is finished before the last step of its schedule: its loss has settled.
///
/// The loss follows the learning rate. While that is high, the loss stands still though later steps will halve it many times: nothing can
/// be told from its course. So it is asked only in the tail of the last phase, when the rate is below a share of its peak: has the mean
/// loss of the last `window` steps come down by less than `tolerance`, relative to the mean of the `window` steps before? Means, because
/// every step sees the picture rolled to another place.
public struct Settling: Sendable, Equatable {
    /// Steps a mean is taken over.
    public var window: Int
    /// The relative fall of the mean below which the loss has settled.
    public var tolerance: Float
    /// The learning rate, as a share of its peak, above which nothing is asked.
    public var rate: Float

    public init(window: Int, tolerance: Float = 0.02, rate: Float = 0.02) {
        self.window = window
        self.tolerance = tolerance
        self.rate = rate
    }

    /// For a schedule of `steps` steps: its fiftieth part as window, five steps at least.
    public init(steps: Int) { self.init(window: max(5, steps / 50)) }

    /// The losses of one picture.
    struct Monitor {
        private let settling: Settling
        private var losses: [Float] = []
        private(set) var isSettled = false

        init(_ settling: Settling) { self.settling = settling }

        /// Takes the loss of a step made at `rate`, a share of the peak.
        mutating func note(_ loss: Float, rate: Float) {
            guard rate <= settling.rate else {
                losses.removeAll(keepingCapacity: true)
                return
            }
            let window = settling.window
            losses.append(loss)
            guard losses.count >= 2 * window else { return }
            let recent = losses.suffix(window).reduce(0, +), before = losses.suffix(2 * window).prefix(window).reduce(0, +)
            isSettled = isSettled || before - recent < settling.tolerance * before
        }
    }
}
