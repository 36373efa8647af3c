/// The pickle operations that checkpoints are made of, protocols 2 to 5, with Python's names and codes (Python's
/// `pickletools`; PEP 307, 3154 and 574). Those left out belong to older protocols or to things that a state dictionary
/// has no use for.
enum PickleOpcode: UInt8 {
    case mark = 0x28
    case emptyTuple = 0x29
    case stop = 0x2E
    case pop = 0x30
    case popMark = 0x31
    case binaryFloat = 0x47
    /// As text: Python 2 writes integers between 32 and 64 bits this way, protocol 2 included.
    case int = 0x49
    case binaryInt = 0x4A
    case binaryInt1 = 0x4B
    case binaryInt2 = 0x4D
    case none = 0x4E
    case binaryPersistentIdentifier = 0x51
    case reduce = 0x52
    case binaryString = 0x54
    case shortBinaryString = 0x55
    case binaryUnicode = 0x58
    case binaryBytes = 0x42
    case shortBinaryBytes = 0x43
    case emptyList = 0x5D
    case append = 0x61
    case build = 0x62
    case global = 0x63
    case dictionary = 0x64
    case appends = 0x65
    case binaryGet = 0x68
    case longBinaryGet = 0x6A
    case list = 0x6C
    case binaryPut = 0x71
    case longBinaryPut = 0x72
    case setItem = 0x73
    case tuple = 0x74
    case setItems = 0x75
    case emptyDictionary = 0x7D
    case protocolVersion = 0x80
    case newObject = 0x81
    case tuple1 = 0x85
    case tuple2 = 0x86
    case tuple3 = 0x87
    case newTrue = 0x88
    case newFalse = 0x89
    case long1 = 0x8A
    case long4 = 0x8B
    case shortBinaryUnicode = 0x8C
    case binaryUnicode8 = 0x8D
    case binaryBytes8 = 0x8E
    case emptySet = 0x8F
    case addItems = 0x90
    case frozenSet = 0x91
    case stackGlobal = 0x93
    case memoize = 0x94
    case frame = 0x95
}
