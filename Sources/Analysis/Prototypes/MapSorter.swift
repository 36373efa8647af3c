import Tensors

/// Goes through the channels of a blocked feature map in the order of their values, on all threads of the calling one.
/// Keeps its memory between calls; not to be shared.
final class MapSorter {
    private let channels: Int
    private let area: Int
    private var workers: [Worker] = []

    /// One thread's memory: sixteen channels as rows, and a sorter.
    private final class Worker {
        let rows: UnsafeMutablePointer<Float>
        let sorter: ChannelSorter

        init(area: Int) {
            rows = .allocate(capacity: 16 * area)
            sorter = ChannelSorter(capacity: area)
        }

        deinit { rows.deallocate() }
    }

    /// For maps of `shape` (C x H x W).
    init(shape: Shape) {
        channels = shape[0]
        area = shape[1] * shape[2]
    }

    /// Calls `visit` with every channel's number, its sorter after sorting, and the row that the values came from, which it may write
    /// over. Several calls run at a time, one a thread; each channel is visited once. With `result` the rows are put there,
    /// blocked, after the visit.
    func forEachChannel(
        of map: UnsafePointer<Float>, result: UnsafeMutablePointer<Float>? = nil,
        _ visit: (_ channel: Int, _ sorted: ChannelSorter, _ row: UnsafeMutablePointer<Float>) -> Void
    ) {
        while workers.count < Parallel.threads { workers.append(Worker(area: area)) }
        let workers = workers
        Parallel.forEach(Layout.blocks(channels)) { thread, block in
            let (rows, sorter) = (workers[thread].rows, workers[thread].sorter)
            let source = map + block * area * 16
            for position in 0..<area {
                for lane in 0..<16 { rows[lane * area + position] = source[position * 16 + lane] }
            }
            for lane in 0..<min(16, channels - block * 16) {
                let row = rows + lane * area
                sorter.sort(row, count: area)
                visit(block * 16 + lane, sorter, row)
            }
            guard let result else { return }
            // Channels past the last are zero in the map, and not visited.
            let target = result + block * area * 16
            for position in 0..<area {
                for lane in 0..<16 { target[position * 16 + lane] = rows[lane * area + position] }
            }
        }
    }
}
