import Tensors

/// What is done to a training image at random: it is moved by a few pixels, reflected at its edges, and mirrored every other time.
///
/// As torchvision's `RandomCrop(size, padding: p, padding_mode: "reflect")` and `RandomHorizontalFlip()`, which is how CIFAR's
/// networks are trained (He et al. 2016, section 4.2, with zeros instead of reflections).
public struct Augmentation: Sendable, Equatable, Codable {
    /// Pixels by which an image is moved at most, in each direction. Less than its sides.
    public var shift: Int
    public var flips: Bool

    public init(shift: Int = 4, flips: Bool = true) {
        self.shift = shift
        self.flips = flips
    }

    public static let none = Augmentation(shift: 0, flips: false)

    /// One outcome.
    struct Move: Equatable {
        /// Where the seen picture's corner lies in the whole one, in pixels from its corner.
        var x = 0
        var y = 0
        var isMirrored = false
    }

    /// The next outcome. Every one with a shift takes two numbers from `random`, every one with a flip a third.
    func move(_ random: inout RandomSource) -> Move {
        var move = Move()
        if shift > 0 {
            move.x = random.integer(in: -shift...shift)
            move.y = random.integer(in: -shift...shift)
        }
        if flips { move.isMirrored = random.uniform() < 0.5 }
        return move
    }

    /// Where the pixel at `place` of a side of `length` comes from when it lies beyond the edges: the edge itself is not repeated.
    static func reflected(_ place: Int, in length: Int) -> Int {
        place < 0 ? -place : place >= length ? 2 * length - 2 - place : place
    }
}
