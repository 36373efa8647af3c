/// The number format of a stored tensor's elements, by PyTorch's names.
public enum ElementType: String, Sendable, Hashable, Codable, CaseIterable {
    case float32, float16, bfloat16, float64
    case int8, int16, int32, int64
    case uint8, uint16, uint32, uint64
    case bool
    /// Listed but not read: nothing here computes with them.
    case complex32, complex64, complex128
    case float8e4m3 = "float8_e4m3fn"
    case float8e5m2 = "float8_e5m2"

    /// The size of one element in bytes.
    public var byteCount: Int {
        switch self {
        case .int8, .uint8, .bool, .float8e4m3, .float8e5m2: 1
        case .float16, .bfloat16, .int16, .uint16: 2
        case .float32, .int32, .uint32, .complex32: 4
        case .float64, .int64, .uint64, .complex64: 8
        case .complex128: 16
        }
    }

    /// Whether elements may be NaN or infinite.
    public var isFloatingPoint: Bool {
        switch self {
        case .float32, .float16, .bfloat16, .float64: true
        default: false
        }
    }

    /// Whether elements can be converted to float32.
    public var isReadable: Bool {
        switch self {
        case .complex32, .complex64, .complex128, .float8e4m3, .float8e5m2: false
        default: true
        }
    }
}
