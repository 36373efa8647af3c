/// Images spread evenly over a listing: of a listing by class, every class has its share.
struct ImageSample: Sendable, Equatable {
    /// Images of the listing, and of the sample.
    let images, count: Int

    /// Of each unit a sample keeps two numbers an image: so many images at most, and never more than fit into 16 MB unless fewer than 256
    /// would be left.
    init(of images: Int, units: Int) {
        self.images = images
        count = min(images, 1000, max(256, (2 << 20) / max(1, units)))
    }

    /// At most `most` of `images`.
    init(of images: Int, atMost most: Int) { (self.images, count) = (images, min(images, most)) }

    func contains(_ image: Int) -> Bool {
        guard count > 0 else { return false }
        // The first of the sample that does not stand before `image`.
        let rank = (image * count + images - 1) / images
        return rank < count && rank * images / count == image
    }
}
