extension Picture {
    /// Returns the picture without colour, red, green and blue alike: each pixel's luma by ITU-R BT.601, the same bytes as Pillow's
    /// `convert("L")` (`Convert.c`). What is grey already stays as it is.
    public func grey() -> Picture {
        let grey = [UInt8](unsafeUninitializedCapacity: pixels.count) { buffer, count in
            for index in stride(from: 0, to: pixels.count, by: 3) {
                let (red, green, blue) = (UInt32(pixels[index]), UInt32(pixels[index + 1]), UInt32(pixels[index + 2]))
                let luma = UInt8(truncatingIfNeeded: (red * 19595 + green * 38470 + blue * 7471 + 0x8000) >> 16)
                buffer[index] = luma
                buffer[index + 1] = luma
                buffer[index + 2] = luma
            }
            count = pixels.count
        }
        return Picture(width: width, height: height, pixels: grey)
    }
}
