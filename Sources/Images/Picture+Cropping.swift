extension Picture {
    /// Returns the pixels of `window`: top, left, bottom, right, the last two exclusive. Nil when that is not a part of the
    /// picture with any pixels in it.
    public func cropped(to window: [Int]) -> Picture? {
        guard window.count == 4 else { return nil }
        let (top, left, bottom, right) = (window[0], window[1], window[2], window[3])
        guard top >= 0, left >= 0, bottom <= height, right <= width, top < bottom, left < right else { return nil }
        var cut: [UInt8] = []
        cut.reserveCapacity(3 * (bottom - top) * (right - left))
        for row in top..<bottom { cut += pixels[3 * (row * width + left)..<3 * (row * width + right)] }
        return Picture(width: right - left, height: bottom - top, pixels: cut)
    }
}
