import Tensors

/// Windows of `side` x `side` tokens over a grid, in which attention stays (Liu et al. 2021).
struct AttentionWindows {
    let grid: PatchGrid
    let side: Int
    /// By how much the grid is rolled first, so that windows of this block lie across those of the one before.
    let shift: Int
    /// Whether a grid that whole windows do not cover is filled up behind the rolling, as timm does it; the others fill it up before.
    var isFilledLate = false

    /// The grid filled up to whole windows, below and right.
    var padded: PatchGrid {
        func whole(_ extent: Int) -> Int { (extent + side - 1) / side * side }
        return PatchGrid(height: whole(grid.height), width: whole(grid.width))
    }

    var count: Int { padded.count / area }
    /// Tokens in a window.
    var area: Int { side * side }

    /// What keeps tokens apart that only rolling brought together: -100 between them, 0 elsewhere; windows x 1 x tokens x tokens. Nil
    /// where nothing is rolled.
    var mask: Tensor? {
        guard shift > 0 else { return nil }
        let padded = padded
        func region(_ place: Int, _ extent: Int) -> Int { place < extent - side ? 0 : place < extent - shift ? 1 : 2 }
        var values: [Float] = []
        values.reserveCapacity(count * area * area)
        for top in stride(from: 0, to: padded.height, by: side) {
            for left in stride(from: 0, to: padded.width, by: side) {
                let regions = (0..<area).map { place in
                    3 * region(top + place / side, padded.height) + region(left + place % side, padded.width)
                }
                for own in regions { for other in regions { values.append(own == other ? 0 : -100) } }
            }
        }
        return Tensor(shape: [count, 1, area, area], values: values)
    }
}

extension NetworkBuilder {
    /// Tokens (height x width x channels) as windows x tokens x channels, rolled up and left first.
    mutating func parted(_ name: String, _ x: Node, _ windows: AttentionWindows) -> Node {
        let padded = windows.padded, side = windows.side
        var y = windows.isFilledLate ? rolled("\(name).rolled", x, by: -windows.shift) : x
        if padded != windows.grid {
            let high = [padded.height - windows.grid.height, padded.width - windows.grid.width, 0]
            y = add("\(name).padded", Rearrangement(.pad(low: [0, 0, 0], high: high, mode: .constant(0))), y)
        }
        if !windows.isFilledLate { y = rolled("\(name).rolled", y, by: -windows.shift) }
        y = add("\(name).rows", Reshaping(to: [padded.height / side, side, padded.width / side, side, x.channels]), y)
        y = add("\(name).blocks", Rearrangement(.transpose([0, 2, 1, 3, 4])), y)
        return add(name, Reshaping(to: [windows.count, windows.area, x.channels]), y)
    }

    /// The way back from `parted`.
    mutating func joined(_ name: String, _ x: Node, _ windows: AttentionWindows) -> Node {
        let padded = windows.padded, side = windows.side
        var y = add("\(name).split", Reshaping(to: [padded.height / side, padded.width / side, side, side, x.channels]), x)
        y = add("\(name).interleaved", Rearrangement(.transpose([0, 2, 1, 3, 4])), y)
        y = add("\(name).joined", Reshaping(to: [padded.height, padded.width, x.channels]), y)
        if !windows.isFilledLate { y = rolled("\(name).rolled_back", y, by: windows.shift) }
        if padded != windows.grid {
            let high = [windows.grid.height - padded.height, windows.grid.width - padded.width, 0]
            y = add("\(name).cut", Rearrangement(.pad(low: [0, 0, 0], high: high, mode: .constant(0))), y)
        }
        return windows.isFilledLate ? rolled("\(name).rolled_back", y, by: windows.shift) : y
    }

    /// Height and width of height x width x channels moved by so many places, what leaves coming in on the other side.
    private mutating func rolled(_ name: String, _ x: Node, by places: Int) -> Node {
        guard places != 0 else { return x }
        return add(
            name, Rearrangement(.pad(low: [places, places, 0], high: [-places, -places, 0], mode: .circular)), x)
    }

    /// Two by two tokens as one of four times the channels, by columns (height x width x channels); an odd row or column is filled up
    /// with zeros.
    mutating func mergedPatches(_ name: String, _ x: Node, _ grid: PatchGrid) -> Node {
        let half = PatchGrid(height: (grid.height + 1) / 2, width: (grid.width + 1) / 2)
        var y = x
        if grid.height % 2 + grid.width % 2 > 0 {
            let high = [grid.height % 2, grid.width % 2, 0]
            y = add("\(name).padded", Rearrangement(.pad(low: [0, 0, 0], high: high, mode: .constant(0))), y)
        }
        y = add("\(name).pairs", Reshaping(to: [half.height, 2, half.width, 2, x.channels]), y)
        y = add("\(name).columns", Rearrangement(.transpose([0, 2, 3, 1, 4])), y)
        return add(name, Reshaping(to: [half.height, half.width, 4 * x.channels]), y, channels: 4 * x.channels)
    }
}
