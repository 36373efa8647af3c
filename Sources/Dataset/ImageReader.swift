import Diagnostics
public import Images

/// Reads images batch by batch, each decoded and as a network wants it. Whoever looks at many images reads them here: this is the one
/// place that says what becomes of an image that cannot be read. It keeps its place in its batch, without a picture, and the batch says
/// why; whether it is passed over or ends the work is for the reader's user to say (`ImageBatch.failures`, `ImageBatch.checkWhole`).
public struct ImageReader: Sendable {
    private let picture: @Sendable (_ number: Int) throws -> Picture

    /// Of pictures that `picture` makes, by number.
    public init(_ picture: @escaping @Sendable (_ number: Int) throws -> Picture) { self.picture = picture }

    /// Of `images`, by their number in the listing.
    public init(_ images: RealImages) { self.init { try images.picture($0) } }

    /// Reads the images `numbers`, in order.
    public func read(_ numbers: some Collection<Int>) -> ImageBatch {
        var batch = ImageBatch(numbers: Array(numbers))
        for number in batch.numbers {
            do {
                batch.pictures.append(try picture(number))
                batch.failures.append(nil)
            } catch {
                batch.pictures.append(nil)
                batch.failures.append(error as? Problem ?? Problem("\(error)"))
            }
        }
        return batch
    }

    /// Reads the images `numbers` in batches of `size`, the last one shorter, on several threads: each makes its own `worker`, and calls
    /// `look` with one batch after the other. What that returns goes to `deliver`, one batch at a time and in order, with the batch it
    /// comes of, of which the pictures are gone. Throws the first error of theirs by order of batches.
    public func forEachBatch<Worker, Result: Sendable>(
        of numbers: some Collection<Int>, size: Int, threads: Int, worker: @escaping @Sendable () throws -> Worker,
        look: @escaping @Sendable (Worker, ImageBatch) throws -> Result,
        deliver: @escaping @Sendable (ImageBatch, Result) throws -> Void
    ) throws {
        precondition(size > 0, "batches of \(size)")
        let numbers = Array(numbers)
        try OrderedWork.run(0..<(numbers.count + size - 1) / size, threads: threads, worker: worker) { worker, place in
            var batch = read(numbers[place * size..<min((place + 1) * size, numbers.count)])
            let result = try look(worker, batch)
            batch.pictures = []
            return (batch, result)
        } deliver: { _, done in
            try deliver(done.0, done.1)
        }
    }
}
