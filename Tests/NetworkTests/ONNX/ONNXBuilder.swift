import Foundation

/// Writes ONNX files by hand, wrong ones as well: messages of protocol buffers, field by field (numbers as in onnx.proto).
struct Message {
    var bytes: [UInt8] = []

    static func varint(_ value: Int) -> [UInt8] {
        var rest = UInt64(bitPattern: Int64(value)), bytes: [UInt8] = []
        repeat {
            bytes.append(UInt8(rest & 0x7F) | (rest > 0x7F ? 0x80 : 0))
            rest >>= 7
        } while rest > 0
        return bytes
    }

    mutating func add(_ number: Int, _ value: Int) { bytes += Self.varint(number << 3) + Self.varint(value) }
    mutating func add(_ number: Int, _ content: [UInt8]) { bytes += Self.varint(number << 3 | 2) + Self.varint(content.count) + content }
    mutating func add(_ number: Int, _ text: String) { add(number, Array(text.utf8)) }
    mutating func add(_ number: Int, _ message: Message) { add(number, message.bytes) }
    mutating func add(_ number: Int, _ value: Float) {
        bytes += Self.varint(number << 3 | 5) + withUnsafeBytes(of: value.bitPattern.littleEndian) { Array($0) }
    }
}

/// A classifier for 3 x 4 x 4 images, `Flatten` and `Gemm`, whose parts may be exchanged.
struct ONNXBuilder {
    enum Attribute {
        case integer(Int), float(Float), text(String), integers([Int]), graph(Message), tensor(Message)
    }

    var nodes: [Message] = [
        node("Flatten", ["image"], ["flat"]), node("Gemm", ["flat", "weights", "bias"], ["logits"]),
    ]
    var tensors: [Message] = [floats("weights", [48, 2]), floats("bias", [2])]
    var inputs: [Message] = [value("image", [1, 3, 4, 4])]
    var outputs: [Message] = [value("logits", nil)]
    var functions: [Message] = []
    var version = 17
    var metadata: [String: String] = [:]

    static func node(
        _ operation: String, _ inputs: [String], _ outputs: [String], domain: String = "", _ attributes: [String: Attribute] = [:]
    ) -> Message {
        var node = Message()
        for input in inputs { node.add(1, input) }
        for output in outputs { node.add(2, output) }
        node.add(3, "the \(operation)")
        node.add(4, operation)
        if !domain.isEmpty { node.add(7, domain) }
        for (name, value) in attributes.sorted(by: { $0.key < $1.key }) {
            var attribute = Message()
            attribute.add(1, name)
            switch value {
            case .float(let number): attribute.add(2, number); attribute.add(20, 1)
            case .integer(let number): attribute.add(3, number); attribute.add(20, 2)
            case .text(let text): attribute.add(4, text); attribute.add(20, 3)
            case .tensor(let tensor): attribute.add(5, tensor); attribute.add(20, 4)
            case .graph(let graph): attribute.add(6, graph); attribute.add(20, 5)
            case .integers(let numbers): for number in numbers { attribute.add(8, number) }; attribute.add(20, 7)
            }
            node.add(5, attribute)
        }
        return node
    }

    static func tensor(_ name: String, _ shape: [Int], type: Int, raw: [UInt8]?, external: [String: String] = [:]) -> Message {
        var tensor = Message()
        for extent in shape { tensor.add(1, extent) }
        tensor.add(2, type)
        tensor.add(8, name)
        if let raw { tensor.add(9, raw) }
        for (key, text) in external.sorted(by: { $0.key < $1.key }) {
            var entry = Message()
            entry.add(1, key)
            entry.add(2, text)
            tensor.add(13, entry)
        }
        if !external.isEmpty { tensor.add(14, 1) }
        return tensor
    }

    static func floats(_ name: String, _ shape: [Int]) -> Message {
        let values = (0..<shape.reduce(1, *)).map { Float($0 % 7) - 3 }
        return tensor(name, shape, type: 1, raw: values.withUnsafeBytes { Array($0) })
    }

    static func integers(_ name: String, _ values: [Int], shape: [Int]? = nil) -> Message {
        tensor(name, shape ?? [values.count], type: 7, raw: values.map(Int64.init).withUnsafeBytes { Array($0) })
    }

    /// A float tensor's description; nil leaves its shape out, negative extents are written as they are.
    static func value(_ name: String, _ shape: [Int]?, type: Int = 1) -> Message {
        var info = Message(), kind = Message(), tensor = Message()
        info.add(1, name)
        tensor.add(1, type)
        if let shape {
            var extents = Message()
            for extent in shape {
                var dimension = Message()
                dimension.add(1, extent)
                extents.add(1, dimension)
            }
            tensor.add(2, extents)
        }
        kind.add(1, tensor)
        info.add(2, kind)
        return info
    }

    static func graph(_ nodes: [Message], tensors: [Message] = [], inputs: [Message] = [], outputs: [Message]) -> Message {
        var graph = Message()
        for node in nodes { graph.add(1, node) }
        graph.add(2, "graph")
        for tensor in tensors { graph.add(5, tensor) }
        for input in inputs { graph.add(11, input) }
        for output in outputs { graph.add(12, output) }
        return graph
    }

    static func operatorSet(_ domain: String, _ version: Int) -> Message {
        var set = Message()
        set.add(1, domain)
        set.add(2, version)
        return set
    }

    static func function(_ name: String, inputs: [String], outputs: [String], _ nodes: [Message]) -> Message {
        var function = Message()
        function.add(1, name)
        for input in inputs { function.add(4, input) }
        for output in outputs { function.add(5, output) }
        for node in nodes { function.add(7, node) }
        function.add(9, operatorSet("", 17))
        function.add(9, operatorSet("local", 1))
        function.add(10, "local")
        return function
    }

    var bytes: [UInt8] {
        var model = Message()
        model.add(1, 8)
        model.add(2, "by hand")
        model.add(7, Self.graph(nodes, tensors: tensors, inputs: inputs, outputs: outputs))
        model.add(8, Self.operatorSet("", version))
        model.add(8, Self.operatorSet("local", 1))
        for (key, text) in metadata.sorted(by: { $0.key < $1.key }) {
            var entry = Message()
            entry.add(1, key)
            entry.add(2, text)
            model.add(14, entry)
        }
        for function in functions { model.add(25, function) }
        return model.bytes
    }
}
