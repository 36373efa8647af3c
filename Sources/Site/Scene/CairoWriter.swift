import CCairo
import Diagnostics
import Images

/// Draws a scene with cairo: as PDF with real text and pictures at their own resolution, or as PNG.
struct CairoWriter {
    private let pictures: [String: CairoPicture]
    private let typesetter: Typesetter

    /// - Parameter pictures: those that scenes name, as PNG or JPEG.
    /// - Throws: `Problem` when one is damaged.
    init(pictures: [String: [UInt8]], typesetter: Typesetter) throws {
        var decoded: [String: CairoPicture] = [:]
        for (name, bytes) in pictures { decoded[name] = try CairoPicture(bytes, name: name) }
        self.pictures = decoded
        self.typesetter = typesetter
    }

    /// One page of the scene's size in points. The date in it is fixed, so that equal scenes give equal bytes.
    func pdf(_ scene: Scene) throws -> [UInt8] {
        let sink = ByteSink()
        let surface = cairo_pdf_surface_create_for_stream(
            { closure, bytes, count in
                guard let closure, let bytes else { return CAIRO_STATUS_WRITE_ERROR }
                Unmanaged<ByteSink>.fromOpaque(closure).takeUnretainedValue().bytes += UnsafeBufferPointer(start: bytes, count: Int(count))
                return CAIRO_STATUS_SUCCESS
            }, Unmanaged.passUnretained(sink).toOpaque(), scene.width, scene.height)
        defer { cairo_surface_destroy(surface) }
        cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_TITLE, PlainText.safe(scene.title))
        cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_SUBJECT, PlainText.safe(scene.description))
        for key in [CAIRO_PDF_METADATA_CREATE_DATE, CAIRO_PDF_METADATA_MOD_DATE] {
            cairo_pdf_surface_set_metadata(surface, key, "2000-01-01T00:00:00Z")
        }
        try draw(scene, on: surface)
        cairo_surface_finish(surface)
        try Self.check(cairo_surface_status(surface))
        return withExtendedLifetime(sink) { sink.bytes }
    }

    /// The scene on white, with its density in the file.
    func png(_ scene: Scene, dotsPerInch: Int) throws -> [UInt8] {
        let scale = Double(dotsPerInch) / 72
        let width = max(1, Int((scene.width * scale).rounded()))
        let height = max(1, Int((scene.height * scale).rounded()))
        let surface = cairo_image_surface_create(CAIRO_FORMAT_RGB24, Int32(clamping: width), Int32(clamping: height))
        defer { cairo_surface_destroy(surface) }
        try draw(scene, on: surface, scale: scale, ground: .white)
        cairo_surface_flush(surface)
        guard let data = cairo_image_surface_get_data(surface) else { throw Problem("cairo gave no pixels") }
        let stride = Int(cairo_image_surface_get_stride(surface))
        var pixels = [UInt8]()
        pixels.reserveCapacity(3 * width * height)
        for row in 0..<height {
            for column in 0..<width {
                // 32 bits in the machine's order, the upper eight unused.
                let value = UnsafeRawPointer(data).load(fromByteOffset: row * stride + 4 * column, as: UInt32.self)
                pixels.append(UInt8(truncatingIfNeeded: value >> 16))
                pixels.append(UInt8(truncatingIfNeeded: value >> 8))
                pixels.append(UInt8(truncatingIfNeeded: value))
            }
        }
        return try PNGEncoder.encode(
            Picture(width: width, height: height, pixels: pixels), text: [("Title", scene.title)],
            density: Int((Double(dotsPerInch) / 0.0254).rounded()))
    }

    private final class ByteSink {
        var bytes: [UInt8] = []
    }

    static func check(_ status: cairo_status_t) throws {
        guard status == CAIRO_STATUS_SUCCESS else {
            throw Problem("cannot draw the figure", explanation: "cairo says: \(cairo_status_to_string(status).map { String(cString: $0) } ?? "?")")
        }
    }

    private func draw(_ scene: Scene, on surface: OpaquePointer?, scale: Double = 1, ground: Colour? = nil) throws {
        try Self.check(cairo_surface_status(surface))
        let context = cairo_create(surface)
        defer { cairo_destroy(context) }
        Typesetter.prepare(context)
        cairo_scale(context, scale, scale)
        if let ground {
            set(.colour(ground), in: context)
            cairo_paint(context)
        }
        for element in scene.elements { draw(element, in: context) }
        try Self.check(cairo_status(context))
    }

    private func draw(_ element: Scene.Element, in context: OpaquePointer?) {
        switch element {
        case .boxes(let boxes, let paint):
            for box in boxes { cairo_rectangle(context, box.x, box.y, box.width, box.height) }
            set(paint, in: context)
            cairo_fill(context)
        case .outline(let box, let paint, let thickness):
            cairo_rectangle(context, box.x, box.y, box.width, box.height)
            stroke(paint, thickness, in: context)
        case .lines(let lines, let paint, let thickness):
            for line in lines {
                cairo_move_to(context, line.from.x, line.from.y)
                cairo_line_to(context, line.to.x, line.to.y)
            }
            stroke(paint, thickness, in: context)
        case .polygon(let points, let paint, _):
            for (place, point) in points.enumerated() {
                if place == 0 { cairo_move_to(context, point.x, point.y) } else { cairo_line_to(context, point.x, point.y) }
            }
            cairo_close_path(context)
            set(paint, in: context)
            cairo_fill(context)
        case .disc(let centre, let radius, let paint, _):
            cairo_new_sub_path(context)
            cairo_arc(context, centre.x, centre.y, radius, 0, 2 * .pi)
            set(paint, in: context)
            cairo_fill(context)
        case .text(let text): draw(text, in: context)
        case .picture(let name, let box, let isPixelated):
            if let picture = pictures[name] { draw(picture, in: box, isPixelated, context) }
        case .ribbon(let from, let to, let thickness, let paint):
            cairo_move_to(context, from.x, from.y)
            cairo_curve_to(context, (from.x + to.x) / 2, from.y, (from.x + to.x) / 2, to.y, to.x, to.y)
            stroke(paint, thickness, in: context)
        }
    }

    private func draw(_ text: Scene.Text, in context: OpaquePointer?) {
        cairo_save(context)
        defer { cairo_restore(context) }
        cairo_translate(context, text.at.x, text.at.y)
        if text.isUpright { cairo_rotate(context, -.pi / 2) }
        set(text.paint, in: context)
        typesetter.draw(text, in: context)
    }

    private func draw(_ picture: CairoPicture, in box: Scene.Box, _ isPixelated: Bool, _ context: OpaquePointer?) {
        cairo_save(context)
        defer { cairo_restore(context) }
        cairo_translate(context, box.x, box.y)
        cairo_scale(context, box.width / Double(picture.width), box.height / Double(picture.height))
        cairo_set_source_surface(context, picture.surface, 0, 0)
        let pattern = cairo_get_source(context)
        cairo_pattern_set_filter(pattern, isPixelated ? CAIRO_FILTER_NEAREST : CAIRO_FILTER_GOOD)
        cairo_pattern_set_extend(pattern, CAIRO_EXTEND_PAD)
        cairo_rectangle(context, 0, 0, Double(picture.width), Double(picture.height))
        cairo_fill(context)
    }

    private func stroke(_ paint: Scene.Paint, _ thickness: Double, in context: OpaquePointer?) {
        set(paint, in: context)
        cairo_set_line_width(context, thickness)
        cairo_stroke(context)
    }

    private func set(_ paint: Scene.Paint, in context: OpaquePointer?) {
        let colour = paint.printed
        let opacity = if case .colour(_, let opacity) = paint { opacity } else { 1.0 }
        cairo_set_source_rgba(context, colour.red, colour.green, colour.blue, opacity)
    }
}
