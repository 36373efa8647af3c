import Diagnostics
import Tensors

/// Reads an ONNX file's messages. Every count is bounded and every tensor's size is checked; weights stay in the file.
struct ONNXReader {
    private let file: MappedFile
    private var external: ExternalData
    /// How many more messages and list entries are taken: a file of gigabytes may state that many empty ones.
    private var remaining = 4_000_000
    private var graphDepth = 0

    private static let graphDepthLimit = 8

    private init(_ file: MappedFile) {
        self.file = file
        external = ExternalData(modelPath: file.path)
    }

    /// True when the first bytes may be an ONNX model: it begins with its format's version, or is called so.
    static func mayBeModel(_ file: MappedFile, _ head: [UInt8]) -> Bool {
        guard head.count > 1 else { return false }
        if head[0] == 0x08, (1..<0x40).contains(head[1]) { return true }
        // Fields of ModelProto that a writer may put first: texts, the graph, operator sets, metadata.
        return file.path.lowercased().hasSuffix(".onnx") && [0x08, 0x12, 0x1A, 0x22, 0x32, 0x3A, 0x42, 0x72].contains(head[0])
    }

    /// The model in `file`.
    /// - Throws: `Problem` that says where the file contradicts its format.
    static func model(in file: MappedFile) throws -> ONNXModel {
        var reader = ONNXReader(file)
        return try reader.model()
    }

    private mutating func model() throws -> ONNXModel {
        var model = ONNXModel(path: file.path)
        var hasGraph = false
        try read(0..<file.count, "the model") { reader, number, value in
            switch (number, value) {
            case (2, .bytes(let range)): model.producer = try reader.text(range, "the producer's name")
            case (3, .bytes(let range)): model.producerVersion = try reader.text(range, "the producer's version")
            case (7, .bytes(let range)):
                guard !hasGraph else { throw reader.file.damaged("it holds two graphs") }
                hasGraph = true
                model.graph = try reader.graph(range)
            case (8, .bytes(let range)):
                let (domain, version) = try reader.operatorSet(range)
                model.operatorSets[domain] = version
            case (14, .bytes(let range)):
                // A note that is damaged keeps nobody from reading the network.
                if let (key, text) = try? reader.entry(range) { model.metadata[key] = text }
            case (25, .bytes(let range)): model.functions.append(try reader.function(range))
            default: break
            }
        }
        guard hasGraph else {
            throw file.damaged("it holds no ONNX graph", explanation: "A model exported to ONNX was expected.")
        }
        model.externalFiles = external.names
        return model
    }

    // MARK: Messages

    private mutating func graph(_ range: Range<Int>) throws -> ONNXGraph {
        graphDepth += 1
        defer { graphDepth -= 1 }
        guard graphDepth <= Self.graphDepthLimit else {
            throw file.damaged("graphs stand within graphs more than \(Self.graphDepthLimit) deep")
        }
        var graph = ONNXGraph()
        try read(range, "a graph") { reader, number, value in
            guard case .bytes(let range) = value else { return }
            switch number {
            case 1: graph.nodes.append(try reader.node(range))
            case 2: graph.name = try reader.text(range, "the graph's name")
            case 5: graph.initializers.append(try reader.tensor(range))
            case 11: graph.inputs.append(try reader.valueInfo(range))
            case 12: graph.outputs.append(try reader.valueInfo(range))
            case 15: throw reader.file.damaged("it holds sparse tensors", remedy: "Export the model with dense weights.")
            default: break
            }
        }
        return graph
    }

    private mutating func node(_ range: Range<Int>) throws -> ONNXNode {
        var node = ONNXNode()
        try read(range, "a node") { reader, number, value in
            guard case .bytes(let range) = value else { return }
            switch number {
            case 1: node.inputs.append(try reader.text(range, "a node's input"))
            case 2: node.outputs.append(try reader.text(range, "a node's output"))
            case 3: node.name = try reader.text(range, "a node's name")
            case 4: node.operation = try reader.text(range, "a node's operator")
            case 5:
                let (name, attribute) = try reader.attribute(range)
                node.attributes[name] = attribute
            case 7: node.domain = reader.standard(try reader.text(range, "a node's domain"))
            case 8: node.overload = try reader.text(range, "a node's overload")
            case 9:
                let (key, text) = try reader.entry(range)
                node.metadata[key] = text
            default: break
            }
        }
        return node
    }

    private mutating func attribute(_ range: Range<Int>) throws -> (String, ONNXAttribute) {
        var name = "", type: UInt64?
        var single: ONNXAttribute?, reference: String?
        var integers: [Int] = [], floats: [Float] = [], texts: [String] = []
        try read(range, "an attribute") { reader, number, value in
            switch (number, value) {
            case (1, .bytes(let range)): name = try reader.text(range, "an attribute's name")
            case (2, .fixed32(let bits)): single = .float(Float(bitPattern: bits))
            case (3, .varint(let bits)): single = .integer(Int(Int64(bitPattern: bits)))
            case (4, .bytes(let range)): single = .text(try reader.text(range, "an attribute's text"))
            case (5, .bytes(let range)): single = .tensor(try reader.tensor(range))
            case (6, .bytes(let range)): single = .graph(try reader.graph(range))
            case (7, .fixed32(let bits)): floats.append(Float(bitPattern: bits))
            case (7, .bytes(let range)):
                guard range.count % 4 == 0 else { throw reader.file.damaged("attribute '\(name)' has a broken list of numbers") }
                try reader.count(range.count / 4)
                reader.file.withBytes(in: range) { bytes in
                    for at in stride(from: 0, to: bytes.count, by: 4) {
                        floats.append(bytes.loadUnaligned(fromByteOffset: at, as: Float.self))
                    }
                }
            case (8, .varint(let bits)): integers.append(Int(Int64(bitPattern: bits)))
            case (8, .bytes(let range)):
                var packed = ByteReader(reader.file, range: range, subject: "attribute '\(name)'")
                while packed.remaining > 0 {
                    try reader.count(1)
                    integers.append(Int(Int64(bitPattern: try packed.varint())))
                }
            case (9, .bytes(let range)): texts.append(try reader.text(range, "an attribute's text"))
            case (20, .varint(let code)): type = code
            case (21, .bytes(let range)): reference = try reader.text(range, "an attribute's reference")
            default: break
            }
        }
        if let reference, !reference.isEmpty { return (name, .reference(reference)) }
        switch type {
        case 6?: return (name, .floats(floats))
        case 7?: return (name, .integers(integers))
        case 8?: return (name, .texts(texts))
        // Numbers that are zero may be left out.
        case 1?: return (name, single ?? .float(0))
        case 2?: return (name, single ?? .integer(0))
        case 3?: return (name, single ?? .text(""))
        default:
            // The earliest files state no type.
            if !integers.isEmpty { return (name, .integers(integers)) }
            if !floats.isEmpty { return (name, .floats(floats)) }
            if !texts.isEmpty { return (name, .texts(texts)) }
            return (name, single ?? .other)
        }
    }

    private mutating func function(_ range: Range<Int>) throws -> ONNXFunction {
        var function = ONNXFunction()
        try read(range, "a function") { reader, number, value in
            guard case .bytes(let range) = value else { return }
            switch number {
            case 1: function.name = try reader.text(range, "a function's name")
            case 4: function.inputs.append(try reader.text(range, "a function's input"))
            case 5: function.outputs.append(try reader.text(range, "a function's output"))
            case 7: function.nodes.append(try reader.node(range))
            case 9:
                let (domain, version) = try reader.operatorSet(range)
                function.operatorSets[domain] = version
            case 10: function.domain = reader.standard(try reader.text(range, "a function's domain"))
            case 11:
                let (name, attribute) = try reader.attribute(range)
                function.defaults[name] = attribute
            case 13: function.overload = try reader.text(range, "a function's overload")
            default: break
            }
        }
        return function
    }

    private mutating func tensor(_ range: Range<Int>) throws -> ONNXTensor {
        var name = "", dimensions: [Int] = [], code = 0
        var pieces: [ONNXTensor.Piece] = [], kind = ONNXTensor.NumberKind.integer
        var raw: Range<Int>?, isExternal = false, place: [String: String] = [:], isSegment = false
        try read(range, "a tensor") { reader, number, value in
            switch (number, value) {
            case (1, .varint(let bits)): dimensions.append(Int(Int64(bitPattern: bits)))
            case (1, .bytes(let range)):
                var packed = ByteReader(reader.file, range: range, subject: "a tensor's shape")
                while packed.remaining > 0, dimensions.count <= TensorEntry.rankLimit {
                    dimensions.append(Int(Int64(bitPattern: try packed.varint())))
                }
            case (2, .varint(let bits)): code = Int(Int64(bitPattern: bits))
            case (3, _): isSegment = true
            case (4, .fixed32(let bits)): (kind, pieces) = (.float, pieces + [.single(UInt64(bits))])
            case (4, .bytes(let range)): (kind, pieces) = (.float, pieces + [.packed(range)])
            case (5, .varint(let bits)), (7, .varint(let bits)), (11, .varint(let bits)): pieces.append(.single(bits))
            case (5, .bytes(let range)), (7, .bytes(let range)), (11, .bytes(let range)): pieces.append(.packed(range))
            case (10, .fixed64(let bits)): (kind, pieces) = (.double, pieces + [.single(bits)])
            case (10, .bytes(let range)): (kind, pieces) = (.double, pieces + [.packed(range)])
            case (8, .bytes(let range)): name = try reader.text(range, "a tensor's name")
            case (9, .bytes(let range)): raw = range
            case (13, .bytes(let range)):
                let (key, text) = try reader.entry(range)
                place[key] = text
            case (14, .varint(let bits)): isExternal = bits == 1
            default: break
            }
        }
        func refuse(_ what: String) -> Problem { file.damaged("tensor '\(name)' \(what)") }
        guard dimensions.count <= TensorEntry.rankLimit else { throw refuse("has \(dimensions.count) axes") }
        guard dimensions.allSatisfy({ $0 >= 0 }) else { throw refuse("has a negative extent: \(dimensions)") }
        guard let count = TensorEntry.elementCount(dimensions) else { throw refuse("has an impossible shape: \(dimensions)") }
        guard !isSegment else { throw refuse("is stored in segments, which are not read") }

        let type = ONNXTensor.elementTypes[code]
        let contents: ONNXTensor.Contents
        if let type, isExternal || raw != nil {
            let (bytes, overflow) = count.multipliedReportingOverflow(by: type.byteCount)
            guard !overflow else { throw refuse("has an impossible shape: \(dimensions)") }
            let storage: TensorStorage
            if isExternal {
                storage = try external.storage(tensor: name, place: place, bytes: bytes, elementType: type)
            } else {
                let range = raw ?? 0..<0
                guard range.count == bytes else {
                    throw refuse("has \(range.count) bytes of data, its shape \(dimensions) asks for \(bytes) (\(type.rawValue))")
                }
                storage = TensorStorage(file, range: range, elementType: type)
            }
            contents = .bytes(
                try TensorEntry(
                    name: name, dimensions: dimensions, strides: TensorEntry.rowMajorStrides(dimensions), offset: 0,
                    storage: storage))
        } else if type == nil {
            contents = .unreadable("holds elements of type \(code), which are not read")
        } else {
            contents = .numbers(pieces, kind: kind)
        }
        return ONNXTensor(name: name, dimensions: dimensions, elementType: type, contents: contents, file: file)
    }

    private mutating func valueInfo(_ range: Range<Int>) throws -> ONNXValueInfo {
        var info = ONNXValueInfo()
        try read(range, "a value's description") { reader, number, value in
            guard case .bytes(let range) = value else { return }
            if number == 1 { info.name = try reader.text(range, "a value's name") }
            guard number == 2 else { return }
            try reader.read(range, "a value's type") { reader, number, value in
                guard number == 1, case .bytes(let range) = value else { return }
                try reader.read(range, "a tensor's type") { reader, number, value in
                    switch (number, value) {
                    case (1, .varint(let code)): info.elementType = Int(Int64(bitPattern: code))
                    case (2, .bytes(let range)): info.extents = try reader.extents(range)
                    default: break
                    }
                }
            }
        }
        return info
    }

    private mutating func extents(_ range: Range<Int>) throws -> [ONNXValueInfo.Extent] {
        var extents: [ONNXValueInfo.Extent] = []
        try read(range, "a shape") { reader, number, value in
            guard number == 1, case .bytes(let range) = value else { return }
            var extent = ONNXValueInfo.Extent.open(nil)
            try reader.read(range, "an extent") { reader, number, value in
                switch (number, value) {
                case (1, .varint(let bits)): extent = .fixed(Int(Int64(bitPattern: bits)))
                case (2, .bytes(let range)): extent = .open(try reader.text(range, "an extent's name"))
                default: break
                }
            }
            extents.append(extent)
        }
        return extents
    }

    private mutating func operatorSet(_ range: Range<Int>) throws -> (domain: String, version: Int) {
        var domain = "", version = 0
        try read(range, "an operator set") { reader, number, value in
            switch (number, value) {
            case (1, .bytes(let range)): domain = reader.standard(try reader.text(range, "a domain"))
            case (2, .varint(let bits)): version = Int(Int64(bitPattern: bits))
            default: break
            }
        }
        return (domain, version)
    }

    private mutating func entry(_ range: Range<Int>) throws -> (String, String) {
        var key = "", value = ""
        try read(range, "a note") { reader, number, field in
            guard case .bytes(let range) = field else { return }
            if number == 1 { key = try reader.text(range, "a note's key") }
            if number == 2 { value = try reader.text(range, "a note") }
        }
        return (key, value)
    }

    // MARK: Parts

    /// Calls `body` with every field of the message in `range`.
    private mutating func read(
        _ range: Range<Int>, _ subject: String, _ body: (inout ONNXReader, Int, ProtobufFields.Value) throws -> Void
    ) throws {
        var fields = ProtobufFields(file, range: range, subject: subject)
        while let (number, value) = try fields.next() {
            try count(1)
            try body(&self, number, value)
        }
    }

    private mutating func count(_ entries: Int) throws {
        remaining -= entries
        guard remaining >= 0 else {
            throw file.damaged("it holds more parts than any network", explanation: "Up to four million fields are read.")
        }
    }

    private func text(_ range: Range<Int>, _ subject: String) throws -> String {
        var reader = ByteReader(file, range: range, subject: subject)
        return try reader.text(range.count)
    }

    /// `ai.onnx` is another name of the standard domain.
    private func standard(_ domain: String) -> String { domain == "ai.onnx" ? "" : domain }
}
