/// What a pickle can hold here. Containers and everything larger stand in a `PickleHeap` and are referred to by index:
/// a pickle may share and even cycle freely, and no depth of nesting becomes depth of recursion.
enum PickleValue {
    case none
    case boolean(Bool)
    case integer(Int)
    /// An integer beyond 64 bits, little-endian two's complement.
    case longInteger([UInt8])
    case float(Double)
    case string(String)
    case bytes([UInt8])
    case tuple(Int)
    case list(Int)
    case dictionary(Int)
    /// A class or function, by name only.
    case global(Int)
    case storage(Int)
    case tensor(Int)
    /// An object of a class that is not known here, with what the pickle gives it: nothing of it was run.
    case object(Int)
}
