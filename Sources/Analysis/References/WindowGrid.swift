/// Square windows that cover a picture, all of one size.
///
/// As published for VITAL: 64 pixels a side at 224, a stride of 0.8 of it, so 16 windows. There are as many on each axis as fit at
/// that stride; they are spread evenly from edge to edge, so that no margin is left out.
struct WindowGrid: Sendable, Equatable {
    /// Top, left, bottom, right of each, the last two exclusive; row by row.
    let windows: [[Int]]

    /// Windows of `side` pixels, or of the picture's shorter side where that is less, at about `stride` of `side` from each other,
    /// in a picture of `height` x `width`.
    init(side: Int, stride: Float, height: Int, width: Int) {
        let side = max(1, min(side, height, width))
        let rows = Self.places(side, stride, length: height), columns = Self.places(side, stride, length: width)
        windows = rows.flatMap { row in columns.map { [row, $0, row + side, $0 + side] } }
    }

    /// One window, which is all of a picture of `height` x `width`.
    init(wholeHeight height: Int, width: Int) { windows = [[0, 0, height, width]] }

    /// Where windows begin on an axis of `length` pixels.
    private static func places(_ side: Int, _ stride: Float, length: Int) -> [Int] {
        let free = length - side
        let steps = Int(Float(free) / max(1, stride * Float(side)))
        guard free > 0, steps > 0 else { return [free / 2] }
        return (0...steps).map { ($0 * free * 2 + steps) / (2 * steps) }
    }
}
