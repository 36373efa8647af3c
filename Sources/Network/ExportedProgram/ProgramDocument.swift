/// The JSON of a program that `torch.export.save` writes, as far as it tells what is computed
/// (pytorch/torch/_export/serde/schema.py, major version 8). Extents that are open are nil.
struct ProgramDocument: Decodable {
    struct Module: Decodable {
        let graph: Graph
        let signature: Signature
    }

    struct Graph: Decodable {
        let nodes: [Node]
        /// Of every tensor by its name.
        let tensors: [String: TensorMeta]

        private enum CodingKeys: String, CodingKey {
            case nodes
            case tensors = "tensor_values"
        }
    }

    struct Node: Decodable {
        struct Input: Decodable {
            let name: String
            let arg: Argument
        }

        /// Such as `torch.ops.aten.conv2d.default`.
        let target: String
        let name: String?
        let inputs: [Input]
        let outputs: [Argument]
        let metadata: [String: String]
    }

    struct TensorMeta: Decodable {
        let dtype: Int
        let sizes: [Extent]
        let strides: [Extent]
        let offset: Extent

        private enum CodingKeys: String, CodingKey {
            case dtype, sizes, strides
            case offset = "storage_offset"
        }
    }

    /// A whole number; nil where it is open.
    struct Extent: Decodable {
        let value: Int?

        private enum CodingKeys: String, CodingKey { case fixed = "as_int" }

        init(from decoder: any Decoder) throws { value = try decoder.container(keyedBy: CodingKeys.self).decodeIfPresent(Int.self, forKey: .fixed) }
    }

    struct Signature: Decodable {
        let inputs: [[String: Role]]
        let outputs: [[String: Role]]

        private enum CodingKeys: String, CodingKey {
            case inputs = "input_specs"
            case outputs = "output_specs"
        }
    }

    /// What one of the graph's inputs or outputs is: `parameter`, `buffer`, `tensor_constant` with the names under which tensors are stored,
    /// `user_input`, `user_output`, and others.
    struct Role: Decodable {
        /// The name in the graph.
        let value: String?
        /// The name in the table of tensors.
        let stored: String?

        private enum CodingKeys: String, CodingKey {
            case arg
            case parameter = "parameter_name"
            case buffer = "buffer_name"
            case constant = "tensor_constant_name"
        }

        private struct Named: Decodable { let name: String? }

        init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: CodingKeys.self)
            stored = try [.parameter, .buffer, .constant].compactMap { try container.decodeIfPresent(String.self, forKey: $0) }.first
            if case .tensor(let name)? = try? container.decode(Argument.self, forKey: .arg) {
                value = name
            } else {
                value = try? container.decode(Named.self, forKey: .arg).name
            }
        }
    }

    /// A node's setting, or a result.
    enum Argument: Decodable {
        case none
        case tensor(String)
        case tensors([String?])
        case integer(Int?)
        case integers([Int?])
        case number(Double)
        case flag(Bool)
        case text(String)
        /// Of a kind that means nothing here, such as a device.
        case other

        private struct Key: CodingKey {
            let stringValue: String
            var intValue: Int? { nil }
            init?(stringValue: String) { self.stringValue = stringValue }
            init?(intValue: Int) { nil }
        }

        private struct Named: Decodable { let name: String }
        private struct Perhaps: Decodable {
            let tensor: Named?
            private enum CodingKeys: String, CodingKey { case tensor = "as_tensor" }
        }

        init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: Key.self)
            guard let key = container.allKeys.first else {
                self = .other
                return
            }
            func decode<Value: Decodable>(_ type: Value.Type) throws -> Value { try container.decode(type, forKey: key) }
            switch key.stringValue {
            case "as_none": self = .none
            case "as_tensor": self = .tensor(try decode(Named.self).name)
            case "as_tensors": self = .tensors(try decode([Named].self).map(\.name))
            case "as_optional_tensors": self = .tensors(try decode([Perhaps].self).map { $0.tensor?.name })
            case "as_int", "as_scalar_type": self = .integer(try decode(Int.self))
            case "as_ints": self = .integers(try decode([Int].self))
            case "as_sym_int": self = .integer(try decode(Extent.self).value)
            case "as_sym_ints": self = .integers(try decode([Extent].self).map(\.value))
            case "as_float": self = .number(try (try? decode(Double.self)) ?? Double(decode(String.self)) ?? .nan)
            case "as_bool": self = .flag(try decode(Bool.self))
            case "as_string": self = .text(try decode(String.self))
            default: self = .other
            }
        }

        /// The names of the tensors that it is.
        var names: [String] {
            switch self {
            case .tensor(let name): [name]
            case .tensors(let names): names.compactMap { $0 }
            default: []
            }
        }
    }

    let module: Module

    private enum CodingKeys: String, CodingKey { case module = "graph_module" }
}
