package import Network
import Tensors

extension Workspace {
    /// Fills all memory with NaN: a result that depends on what was there before shows.
    package func poison() {
        for buffer in [arena, scratch] {
            buffer.floats().update(repeating: .nan, count: buffer.bytes / MemoryLayout<Float>.size)
        }
    }

    package func write(_ image: NaiveMap) { write(image.values.map { Float($0) }) }

    package func write(_ image: [Float]) { input.update(from: image, count: image.count) }

    package func writeSeed(_ seed: NaiveMap, at layer: String) throws {
        Layout.blocked.pack(seed.values.map { Float($0) }, batch: seed.batch, seed.shape, into: try self.seed(at: layer))
    }
}
