import Tensors

@testable import Network

extension Workspace {
    /// Fills all memory with NaN: a result that depends on what was there before shows.
    func poison() {
        for buffer in [arena, scratch] {
            buffer.floats().update(repeating: .nan, count: buffer.bytes / MemoryLayout<Float>.size)
        }
    }

    func write(_ image: NaiveMap) { write(image.values.map { Float($0) }) }

    func write(_ image: [Float]) { input.update(from: image, count: image.count) }

    func writeSeed(_ seed: NaiveMap, at layer: String) throws {
        Layout.blocked.pack(seed.values.map { Float($0) }, batch: seed.batch, seed.shape, into: try self.seed(at: layer))
    }
}
