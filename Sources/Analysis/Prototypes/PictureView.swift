/// How the network sees a picture at one step: pooled, rolled (circular) and perhaps mirrored. Linear, with its adjoint.
struct PictureView {
    let pooling: PicturePooling
    /// How far it is rolled down and to the right, in pooled pixels; negative for the other way.
    var roll = (y: 0, x: 0)
    var isMirrored = false

    private var channels: Int { pooling.channels }

    /// Writes what is seen of `picture`, C x H x W, into `target`: of `pooling`'s pooled size.
    func write(_ picture: [Float], into target: UnsafeMutablePointer<Float>) {
        let seen = pooling.pooledSize
        let runs = runs
        var source = picture
        if pooling.factor > 1 {
            source = Array(repeating: 0, count: pooling.count)
            pooling.apply(to: picture, into: &source)
        }
        source.withUnsafeBufferPointer { source in
            guard let source = source.baseAddress else { return }
            for run in runs { (target + run.rolled).update(from: source + run.own, count: run.count) }
        }
        guard isMirrored else { return }
        for row in 0..<channels * seen[0] {
            var values = UnsafeMutableBufferPointer(start: target + row * seen[1], count: seen[1])
            values.reverse()
        }
    }

    /// The adjoint of `write`: the gradient of what was seen where it belongs in the picture, C x H x W, mirrored and rolled back and
    /// spread over the pixels that were averaged.
    func broughtBack(_ gradient: UnsafePointer<Float>) -> [Float] {
        let width = pooling.pooledSize[1]
        var result = [Float](repeating: 0, count: channels * pooling.size[0] * pooling.size[1])
        result.withUnsafeMutableBufferPointer { result in
            guard let result = result.baseAddress else { return }
            for run in runs {
                // Mirrored, the run is read from the other end of its row, backwards.
                let row = run.rolled / width * width
                let (first, step) = isMirrored ? (row + width - 1 - (run.rolled - row), -1) : (run.rolled, 1)
                pooling.spread(gradient + first, step: step, over: run.own, count: run.count, into: result)
            }
        }
        return result
    }

    /// Neighbours in a row that stay neighbours in the rolled picture: where they begin in either.
    struct Run {
        var own: Int
        var rolled: Int
        var count: Int
    }

    /// The runs of the pooled picture.
    var runs: [Run] {
        let (height, width) = (pooling.pooledSize[0], pooling.pooledSize[1])
        let dy = ((roll.y % height) + height) % height, dx = ((roll.x % width) + width) % width
        var runs: [Run] = []
        runs.reserveCapacity(6 * height)
        for row in 0..<channels * height {
            let (own, rolled) = (row * width, (row / height * height + (row % height + dy) % height) * width)
            runs.append(Run(own: own, rolled: rolled + dx, count: width - dx))
            if dx > 0 { runs.append(Run(own: own + width - dx, rolled: rolled, count: dx)) }
        }
        return runs
    }
}
