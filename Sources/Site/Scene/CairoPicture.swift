import CCairo
import Diagnostics
import Images

/// A picture as cairo draws it, at its own resolution, with its opacity if it has one.
final class CairoPicture {
    let width: Int
    let height: Int
    let surface: OpaquePointer

    /// - Parameter bytes: PNG or JPEG.
    /// - Throws: `Problem` when it is damaged.
    init(_ bytes: [UInt8], name: String) throws {
        // Whatever is wrong with the file is found here, sizes among it.
        let picture = try ImageDecoder.decode(bytes, name: name)
        (width, height) = (picture.width, picture.height)
        let made = Self.hasOpacity(bytes) ? Self.translucent(bytes) : try Self.solid(picture)
        guard let made else { throw Problem("cannot draw \(name)") }
        surface = made
        try CairoWriter.check(cairo_surface_status(made))
    }

    deinit { cairo_surface_destroy(surface) }

    /// True for a PNG with an alpha channel: bit 2 of the colour type, the 26th byte.
    private static func hasOpacity(_ bytes: [UInt8]) -> Bool { bytes.starts(with: [0x89, 0x50, 0x4E, 0x47]) && bytes.count > 25 && bytes[25] & 4 != 0 }

    private final class ByteSource {
        var rest: ArraySlice<UInt8>
        init(_ bytes: [UInt8]) { rest = bytes[...] }
    }

    private static func translucent(_ bytes: [UInt8]) -> OpaquePointer? {
        let source = ByteSource(bytes)
        return withExtendedLifetime(source) {
            cairo_image_surface_create_from_png_stream(
                { closure, target, count in
                    guard let closure, let target else { return CAIRO_STATUS_READ_ERROR }
                    let source = Unmanaged<ByteSource>.fromOpaque(closure).takeUnretainedValue()
                    guard source.rest.count >= Int(count) else { return CAIRO_STATUS_READ_ERROR }
                    for (place, byte) in source.rest.prefix(Int(count)).enumerated() { target[place] = byte }
                    source.rest = source.rest.dropFirst(Int(count))
                    return CAIRO_STATUS_SUCCESS
                }, Unmanaged.passUnretained(source).toOpaque())
        }
    }

    private static func solid(_ picture: Picture) throws -> OpaquePointer? {
        let surface = cairo_image_surface_create(CAIRO_FORMAT_RGB24, Int32(clamping: picture.width), Int32(clamping: picture.height))
        guard let data = cairo_image_surface_get_data(surface) else { return surface }
        let stride = Int(cairo_image_surface_get_stride(surface))
        for row in 0..<picture.height {
            for column in 0..<picture.width {
                let start = 3 * (row * picture.width + column)
                let value = UInt32(picture.pixels[start]) << 16 | UInt32(picture.pixels[start + 1]) << 8 | UInt32(picture.pixels[start + 2])
                UnsafeMutableRawPointer(data).storeBytes(of: value, toByteOffset: row * stride + 4 * column, as: UInt32.self)
            }
        }
        cairo_surface_mark_dirty(surface)
        return surface
    }
}
