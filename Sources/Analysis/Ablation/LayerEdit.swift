import Tensors

/// Writes over the activations of a layer, blocked maps of `shape` (C x H x W).
struct LayerEdit: Sendable {
    let shape: Shape
    /// What units are set to, one value a channel.
    let levels: [Float]

    private var area: Int { shape[1] * shape[2] }
    private var blocks: Int { Layout.blocks(shape[0]) }

    /// Switches `what` off in the first `images` maps. Returns false where nothing changed by that.
    func apply(_ what: SwitchedOff.What, images: Int, to values: UnsafeMutablePointer<Float>) -> Bool {
        switch what {
        case .units(let units):
            var isChanged = false
            for image in 0..<images {
                for unit in units where set(unit, of: image, in: values) { isChanged = true }
            }
            return isChanged
        case .direction(let direction):
            var isChanged = false
            for image in 0..<images where set(direction, of: image, in: values) { isChanged = true }
            return isChanged
        }
    }

    private func first(_ unit: Int, _ image: Int) -> Int { (image * blocks + unit / Layout.block) * area * Layout.block + unit % Layout.block }

    private func set(_ unit: Int, of image: Int, in values: UnsafeMutablePointer<Float>) -> Bool {
        let begin = first(unit, image), level = levels[unit]
        var isChanged = false
        for position in 0..<area {
            let place = begin + position * Layout.block
            if values[place] != level { isChanged = true }
            values[place] = level
        }
        return isChanged
    }

    private func set(_ direction: [Float], of image: Int, in values: UnsafeMutablePointer<Float>) -> Bool {
        let level = zip(direction, levels).reduce(0) { $0 + $1.0 * $1.1 }
        var isChanged = false
        for position in 0..<area {
            var along: Float = 0
            for (unit, part) in direction.enumerated() { along += part * values[first(unit, image) + position * Layout.block] }
            guard along != level else { continue }
            isChanged = true
            for (unit, part) in direction.enumerated() { values[first(unit, image) + position * Layout.block] += (level - along) * part }
        }
        return isChanged
    }
}
