public import Tensors

/// The input pixels that a position of a feature map depends on: position `p` sees `start + p * jump ..< start + p * jump + size`
/// on each axis, where `start` may be negative and the end past the image (padding).
public struct ReceptiveField: Sendable, Equatable {
    public var start: [Int]
    public var size: [Int]
    public var jump: [Int]

    public init(start: [Int], size: [Int], jump: [Int]) {
        self.start = start
        self.size = size
        self.jump = jump
    }

    /// The pixels that `position` (row, column) sees, clipped to an image of `height` x `width`: top, left, bottom, right,
    /// the last two exclusive.
    public func window(at position: [Int], height: Int, width: Int) -> [Int] {
        let top = start[0] + position[0] * jump[0], left = start[1] + position[1] * jump[1]
        return [max(0, top), max(0, left), min(height, top + size[0]), min(width, left + size[1])]
    }

    /// The same, but moved into the image where it reaches over an edge rather than cut off there, so that it keeps its shape:
    /// what the position sees, and beside the edge a little more.
    public func shiftedWindow(at position: [Int], height: Int, width: Int) -> [Int] {
        let sides = [min(size[0], height), min(size[1], width)]
        let corner = zip([height, width], 0..<2).map { side, axis in
            min(max(0, start[axis] + position[axis] * jump[axis]), side - sides[axis])
        }
        return [corner[0], corner[1], corner[0] + sides[0], corner[1] + sides[1]]
    }
}

extension Graph {
    /// The receptive field of every node for images of shape `input` (C x H x W).
    public func receptiveFields(input: Shape) throws -> [ReceptiveField] {
        let shapes = try shapes(input: input)
        var fields = [ReceptiveField(start: [0, 0], size: [1, 1], jump: [1, 1])]
        for node in nodes.dropFirst() {
            // Constants see nothing.
            let seen = node.inputs.map { fields[$0] }.filter { $0.size != [0, 0] }
            guard var field = seen.first else {
                fields.append(ReceptiveField(start: [0, 0], size: [0, 0], jump: [0, 0]))
                continue
            }
            for other in seen.dropFirst() {
                for axis in 0..<2 {
                    let end = max(field.start[axis] + field.size[axis], other.start[axis] + other.size[axis])
                    field.start[axis] = min(field.start[axis], other.start[axis])
                    field.size[axis] = end - field.start[axis]
                }
            }
            switch node.operation.window {
            case .point: break
            case .everything:
                field = ReceptiveField(start: [0, 0], size: [input[1], input[2]], jump: [input[1], input[2]])
            case .sliding(let kernel, let stride, let dilation, let padding):
                let from = shapes[node.inputs[0]]
                let low = padding.resolved(size: [from[1], from[2]], kernel: kernel, stride: stride, dilation: dilation).low
                for axis in 0..<2 {
                    field.start[axis] -= low[axis] * field.jump[axis]
                    field.size[axis] += (kernel[axis] - 1) * dilation[axis] * field.jump[axis]
                    field.jump[axis] *= stride[axis]
                }
            }
            fields.append(field)
        }
        return fields
    }
}
