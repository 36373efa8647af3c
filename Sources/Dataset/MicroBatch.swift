public import Tensors

/// How many images go through the network at once on one thread.
///
/// It follows from the size of the images alone: results are the same bytes whatever the number of threads, the number of
/// targets or the point at which a run was resumed. Small maps need several images to fill the processor's vectors and
/// caches; a large image fills them by itself, and needs the memory.
public enum MicroBatch {
    public static func size(for input: Shape) -> Int { max(1, min(8, 8 * 4096 / max(1, input[1] * input[2]))) }
}
