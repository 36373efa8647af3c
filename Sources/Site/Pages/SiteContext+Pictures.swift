import Run

/// Pictures as elements of pages.
extension SiteContext {
    /// Sizes at which pictures are shown.
    enum Size: Int {
        case large = 288
        case medium = 128
        case small = 96
        case tiny = 64
    }

    /// A picture of the run as an element: small ones enlarged by a whole factor, large ones made smaller. `sides` are the picture's
    /// where it is not of the size of the network's input.
    func picture(_ path: String, alt: String, _ size: Size, sides: (height: Int, width: Int)? = nil, isLazy: Bool = true) -> Fields {
        let shown = Self.shown(sides ?? content.inputSize, size)
        return [
            "src": path, "alt": alt, "isPixelated": shown.isEnlarged, "isLazy": isLazy, "width": String(shown.width),
            "height": String(shown.height),
        ]
    }

    /// Width and height of the pictures of a grid, and 1 where they are enlarged, else 0.
    var smallPictureSize: [Int] {
        let shown = Self.shown(content.inputSize, .small)
        return [shown.width, shown.height, shown.isEnlarged ? 1 : 0]
    }

    private static func shown(_ input: (height: Int, width: Int), _ size: Size) -> (height: Int, width: Int, isEnlarged: Bool) {
        let longer = max(input.width, input.height)
        let factor = size.rawValue / longer
        let scale = factor >= 1 ? Double(factor) : Double(size.rawValue) / Double(longer)
        func side(_ pixels: Int) -> Int { max(1, Int((Double(pixels) * scale).rounded())) }
        return (side(input.height), side(input.width), factor > 1)
    }

    /// A class as a link, if it has a page: `name`, `href`.
    func classLink(_ index: Int) -> Fields {
        ["name": content.className(index), "href": content.hasPage(class: index) ? "classes/\(index)/index.html" : nil]
    }

    /// A real image as a figure: its picture, name, class and what the network took it for; nil when the run does not know
    /// the image.
    func realImage(_ number: Int, _ size: Size) throws -> Fields? {
        guard let image = content.images.images[number] else { return nil }
        let label = image.label.map(content.className)
        var fields: Fields = [
            "number": String(number), "path": image.path, "activation": nil, "window": nil, "picture": nil,
            "class": image.label.map(classLink),
            "sha256": content.presentation.realImages == .whole ? nil : image.sha256,
            "absent": content.presentation.realImages == .none ? "not shown" : "no picture",
            "isMistaken": image.label != nil && image.predicted != nil && image.label != image.predicted,
            "predicted": image.predicted.map(content.className),
        ]
        if let path = try imagePath(number) {
            fields["picture"] = picture(path, alt: label.map { "\($0): \(image.path)" } ?? image.path, size)
        }
        return fields
    }

    /// The part of the picture that a window is; nil when it is all of it.
    func part(_ window: [Int]?) -> (top: Int, left: Int, height: Int, width: Int)? {
        let size = content.inputSize
        guard let window, window.count == 4 else { return nil }
        let top = max(0, window[0])
        let left = max(0, window[1])
        let bottom = min(size.height, window[2])
        let right = min(size.width, window[3])
        guard bottom > top, right > left, (bottom - top, right - left) != (size.height, size.width) else { return nil }
        return (top, left, bottom - top, right - left)
    }

    /// The window as a drawing over the picture; nil when it is all of it.
    func frame(_ window: [Int]?) -> Fields? {
        let size = content.inputSize
        guard let part = self.part(window) else { return nil }
        return [
            "viewWidth": String(size.width), "viewHeight": String(size.height),
            "x": String(part.left), "y": String(part.top), "width": String(part.width), "height": String(part.height),
        ]
    }

    /// What a window shows of its image, cut out, as an ornament; nil when the run has no picture of the image.
    func crop(_ window: LayerStatistics.Exemplar, side: Int) throws -> Fields? {
        guard let path = try imagePath(window.image) else { return nil }
        let size = content.inputSize
        let part = self.part(window.window) ?? (0, 0, size.height, size.width)
        return [
            "src": path, "side": String(side), "wholeWidth": String(size.width), "wholeHeight": String(size.height),
            "box": "\(part.left) \(part.top) \(part.width) \(part.height)", "isPixelated": max(part.height, part.width) < side,
        ]
    }

    /// The references of a prototype: those with a picture as figures, the others by their paths.
    func references(_ prototype: Prototype, _ size: Size) throws -> Fields {
        let known = prototype.references.compactMap { reference in content.images.images[reference.image].map { (reference, $0) } }
        func isPictured(_ image: ImageIndex.Image) -> Bool { image.picture != nil && content.presentation.realImages != .none }
        let listed = known.filter { !isPictured($0.1) }.map { ["path": $0.1.path] as Fields }
        return [
            "pictured": try known.filter { isPictured($0.1) }.compactMap { reference, _ -> Fields? in
                var fields = try realImage(reference.image, size)
                fields?["window"] = frame(reference.window)
                return fields
            },
            "hasWindows": known.contains { $0.0.window != nil },
            "listed": listed, "hasListed": !listed.isEmpty, "listedCount": Number.count(listed.count, "more", "more"),
        ]
    }
}
