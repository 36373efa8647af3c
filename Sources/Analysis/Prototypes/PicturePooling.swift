/// Means of `factor` x `factor` pixels of a picture, channel by channel. A row and a column that are over are left out.
struct PicturePooling {
    /// Height and width of the picture.
    let size: [Int]
    let factor: Int
    var channels = 3

    /// Height and width of the means.
    var pooledSize: [Int] { size.map { $0 / factor } }
    /// Values of the means.
    var count: Int { channels * pooledSize[0] * pooledSize[1] }

    /// Writes the means of `picture`, C x H x W, into `target`.
    func apply(to picture: UnsafePointer<Float>, into target: UnsafeMutablePointer<Float>) {
        let share = 1 / Float(factor * factor)
        for index in 0..<count {
            let corner = corner(of: index)
            var sum: Float = 0
            for y in 0..<factor { for x in 0..<factor { sum += picture[corner + y * size[1] + x] } }
            target[index] = share * sum
        }
    }

    /// Writes the slopes of `count` means of one row, the first at `index`, to the pixels that they are means of: the adjoint of `apply`. Slopes
    /// are `step` apart.
    func spread(_ slopes: UnsafePointer<Float>, step: Int, over index: Int, count: Int, into gradient: UnsafeMutablePointer<Float>) {
        let corner = corner(of: index), share = 1 / Float(factor * factor), width = size[1]
        for y in 0..<factor {
            let row = gradient + corner + y * width
            for i in 0..<count {
                let slope = slopes[i * step] * share
                for x in 0..<factor { row[i * factor + x] = slope }
            }
        }
    }

    /// The first of the pixels that the mean at `index` is taken over.
    private func corner(of index: Int) -> Int {
        let (height, width) = (pooledSize[0], pooledSize[1])
        let (row, x) = (index / width, index % width)
        return (row / height * size[0] + row % height * factor) * size[1] + x * factor
    }
}
