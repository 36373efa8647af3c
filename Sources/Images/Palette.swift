/// 256 colours by number; those that are not set are black, as in Pillow.
struct Palette {
    /// Every number its own shade.
    static let grey = {
        var palette = Palette()
        for index in 0..<256 { palette[index] = RGB(UInt8(index), UInt8(index), UInt8(index)) }
        return palette
    }()

    private var values = [UInt8](repeating: 0, count: 3 * 256)

    subscript(index: Int) -> RGB {
        get { RGB(values[3 * index], values[3 * index + 1], values[3 * index + 2]) }
        set {
            values[3 * index] = newValue.red
            values[3 * index + 1] = newValue.green
            values[3 * index + 2] = newValue.blue
        }
    }

    /// Returns the colours of `indices`, three bytes each.
    func colours(of indices: [UInt8]) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: 3 * indices.count) { buffer, count in
            for (position, index) in indices.enumerated() {
                for channel in 0..<3 { buffer[3 * position + channel] = values[3 * Int(index) + channel] }
            }
            count = buffer.count
        }
    }
}
