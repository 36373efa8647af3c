import Diagnostics

/// Reads one pickle: a stack machine for the operations of `PickleOpcode`. It executes nothing. Names of classes and
/// functions stay names; the few calls that a state dictionary is made of are recognised by name and answered by data
/// (see `PickleMachine+Calls.swift`). The result of any other call is an object that is kept as data, unless it is a call
/// that only an attack makes: that is refused by name.
///
/// Bounded on purpose: operations, objects, stack and memo have limits far above what checkpoints need, an operation
/// that takes longer than its own length in the file pays for it (`charge`), and nothing recurses.
struct PickleMachine {
    static let operationLimit = 20_000_000
    static let objectLimit = 2_000_000
    static let stackLimit = 2_000_000
    static let memoLimit = 4_000_000
    /// In UTF-8 bytes: names of functions and classes, and keys of dictionaries, which are hashed again and again.
    static let nameLimit = 4096

    var reader: ByteReader
    var heap = PickleHeap()
    private var stack: [PickleValue] = []
    private var marks: [Int] = []
    private var memo: [Int: PickleValue] = [:]
    private var charged = 0

    private init(_ reader: ByteReader) { self.reader = reader }

    /// Reads one pickle up to and including its end mark; `reader` then stands behind it.
    /// - Returns: the pickled value, and the heap that it refers to.
    /// - Throws: `Problem` if the pickle is damaged, beyond the limits, or asks for anything but data.
    static func read(_ reader: inout ByteReader) throws -> (root: PickleValue, heap: PickleHeap) {
        var machine = PickleMachine(reader)
        let root = try machine.run()
        reader = machine.reader
        return (root, machine.heap)
    }

    private mutating func run() throws -> PickleValue {
        for _ in 0..<Self.operationLimit {
            let place = reader.position
            let code = try reader.byte()
            guard let opcode = PickleOpcode(rawValue: code) else {
                throw reader.damaged(
                    "holds the operation 0x\(String(code, radix: 16)) at byte \(place), which a state dictionary does not need")
            }
            if opcode == .stop {
                let result = try pop()
                guard stack.isEmpty, marks.isEmpty else { throw reader.damaged("ends with values left over") }
                return result
            }
            try perform(opcode)
            guard stack.count <= Self.stackLimit, memo.count <= Self.memoLimit, heap.objectCount <= Self.objectLimit,
                marks.count <= Self.stackLimit
            else {
                throw reader.damaged("makes more objects than a checkpoint could need")
            }
        }
        throw reader.damaged("has more operations than a checkpoint could need")
    }

    private mutating func perform(_ opcode: PickleOpcode) throws {
        switch opcode {
        case .stop: break
        case .protocolVersion:
            let version = try reader.byte()
            guard version <= 5 else { throw reader.damaged("is of protocol \(version); 2 to 5 are known") }
        case .frame:
            guard try reader.length(UInt64.self) <= reader.remaining else { throw reader.damaged("ends within a frame") }

        case .none: stack.append(.none)
        case .newTrue: stack.append(.boolean(true))
        case .newFalse: stack.append(.boolean(false))
        case .int: stack.append(try textInteger())
        case .binaryInt: stack.append(.integer(Int(try reader.integer(Int32.self))))
        case .binaryInt1: stack.append(.integer(Int(try reader.byte())))
        case .binaryInt2: stack.append(.integer(Int(try reader.integer(UInt16.self))))
        case .long1: stack.append(try longInteger(Int(try reader.byte())))
        case .long4: stack.append(try longInteger(try reader.length(Int32.self)))
        case .binaryFloat: stack.append(.float(Double(bitPattern: try reader.integer(UInt64.self).byteSwapped)))
        case .shortBinaryString: stack.append(try byteString(Int(try reader.byte())))
        case .binaryString: stack.append(try byteString(try reader.length(Int32.self)))
        case .shortBinaryUnicode: stack.append(.string(try reader.text(Int(try reader.byte()))))
        case .binaryUnicode: stack.append(.string(try reader.text(try reader.length(UInt32.self))))
        case .binaryUnicode8: stack.append(.string(try reader.text(try reader.length(UInt64.self))))
        case .shortBinaryBytes: stack.append(.bytes(try reader.bytes(Int(try reader.byte()))))
        case .binaryBytes: stack.append(.bytes(try reader.bytes(try reader.length(UInt32.self))))
        case .binaryBytes8, .byteArray8: stack.append(.bytes(try reader.bytes(try reader.length(UInt64.self))))

        case .mark: marks.append(stack.count)
        case .pop:
            // As in Python: directly above a mark, the mark itself goes.
            if marks.last == stack.count { _ = try popMark() } else { _ = try pop() }
        case .popMark: _ = try popMark()
        case .emptyTuple: push(tuple: [])
        case .tuple1: push(tuple: try pop(1))
        case .tuple2: push(tuple: try pop(2))
        case .tuple3: push(tuple: try pop(3))
        case .tuple: push(tuple: try popMark())
        case .emptyList: push(list: [])
        case .list: push(list: try popMark())
        case .emptyDictionary: push(dictionary: [])
        case .dictionary:
            let items = try pairs(try popMark())
            push(dictionary: items)
        case .append: try append([try pop()])
        case .appends: try append(try popMark())
        case .setItem: try setItems(try pop(2))
        case .setItems: try setItems(try popMark())
        case .emptySet: push(list: [])
        case .addItems: try append(try popMark())
        case .frozenSet: push(list: try popMark())

        case .binaryPut: memo[Int(try reader.byte())] = try top()
        case .longBinaryPut: memo[try reader.length(UInt32.self)] = try top()
        case .memoize: memo[memo.count] = try top()
        case .binaryGet: stack.append(try recall(Int(try reader.byte())))
        case .longBinaryGet: stack.append(try recall(try reader.length(UInt32.self)))

        case .global:
            let module = try reader.line(limit: 1024)
            try push(global: module, try reader.line(limit: 1024))
        case .stackGlobal:
            let names = try pop(2)
            guard case (.string(let module), .string(let name)) = (names[0], names[1]) else {
                throw reader.damaged("names a class by something that is not text")
            }
            try push(global: module, name)
        case .binaryPersistentIdentifier: stack.append(try storage(described: try pop()))
        case .reduce:
            let operands = try pop(2)
            stack.append(try call(operands[0], operands[1]))
        case .newObject:
            let operands = try pop(2)
            stack.append(try makeObject(operands[0], operands[1]))
        case .newObjectWithNames:
            let operands = try pop(3)
            stack.append(try makeObject(operands[0], operands[1]))
        case .build:
            let state = try pop()
            try build(try top(), state)
        }
    }

    /// Counts elements that an operation goes through because of a reference and not because they stand in the file, so
    /// that a large container referred to a million times is refused early.
    mutating func charge(_ count: Int) throws {
        charged += count
        guard charged <= Self.operationLimit else {
            throw reader.damaged("goes through the same objects more often than a checkpoint could need")
        }
    }

    // MARK: The stack

    private mutating func pop() throws -> PickleValue {
        guard stack.count > marks.last ?? 0, let value = stack.popLast() else {
            throw reader.damaged("takes a value that is not there")
        }
        return value
    }

    /// The last `count` values, first pushed first.
    private mutating func pop(_ count: Int) throws -> [PickleValue] {
        guard stack.count - count >= marks.last ?? 0 else { throw reader.damaged("takes a value that is not there") }
        defer { stack.removeLast(count) }
        return Array(stack.suffix(count))
    }

    /// The values above the last mark; both are gone afterwards.
    private mutating func popMark() throws -> [PickleValue] {
        guard let mark = marks.popLast() else { throw reader.damaged("ends a group that was not begun") }
        defer { stack.removeLast(stack.count - mark) }
        return Array(stack[mark...])
    }

    private func top() throws -> PickleValue {
        guard stack.count > marks.last ?? 0, let value = stack.last else {
            throw reader.damaged("uses a value that is not there")
        }
        return value
    }

    private func recall(_ index: Int) throws -> PickleValue {
        guard let value = memo[index] else { throw reader.damaged("recalls value \(index), which was not kept") }
        return value
    }

    private mutating func push(tuple: [PickleValue]) {
        heap.tuples.append(tuple)
        stack.append(.tuple(heap.tuples.count - 1))
    }

    private mutating func push(list: [PickleValue]) {
        heap.lists.append(list)
        stack.append(.list(heap.lists.count - 1))
    }

    private mutating func push(dictionary: [(key: PickleValue, value: PickleValue)]) {
        heap.dictionaries.append(dictionary)
        stack.append(.dictionary(heap.dictionaries.count - 1))
    }

    private mutating func push(global module: String, _ name: String) throws {
        guard module.utf8.count <= Self.nameLimit, name.utf8.count <= Self.nameLimit else {
            throw reader.damaged("names a class at absurd length")
        }
        stack.append(.global(heap.index(of: PickleHeap.Global(module: module, name: name))))
    }

    // MARK: Containers and numbers

    private mutating func append(_ values: [PickleValue]) throws {
        switch try top() {
        case .list(let index): heap.lists[index].append(contentsOf: values)
        case .object: break
        default: throw reader.damaged("appends to something that is not a list")
        }
    }

    private mutating func setItems(_ values: [PickleValue]) throws {
        let items = try pairs(values)
        switch try top() {
        case .dictionary(let index): heap.dictionaries[index].append(contentsOf: items)
        case .object(let index):
            if let place = heap.objects[index].items {
                heap.dictionaries[place].append(contentsOf: items)
            } else {
                heap.dictionaries.append(items)
                heap.objects[index].items = heap.dictionaries.count - 1
            }
        default: throw reader.damaged("sets items of something that is not a dictionary")
        }
    }

    private func pairs(_ values: [PickleValue]) throws -> [(key: PickleValue, value: PickleValue)] {
        guard values.count.isMultiple(of: 2) else { throw reader.damaged("has a key without a value") }
        return try stride(from: 0, to: values.count, by: 2).map { (try checkedKey(values[$0]), values[$0 + 1]) }
    }

    func checkedKey(_ key: PickleValue) throws -> PickleValue {
        if case .string(let text) = key, text.utf8.count > Self.nameLimit {
            throw reader.damaged("has a key of \(text.utf8.count) bytes")
        }
        return key
    }

    /// Text of Python 2, which has no encoding; PyTorch's own is ASCII. Bytes where it is not UTF-8.
    private mutating func byteString(_ count: Int) throws -> PickleValue {
        let bytes = try reader.bytes(count)
        return String(validating: bytes, as: UTF8.self).map { .string($0) } ?? .bytes(bytes)
    }

    private mutating func longInteger(_ count: Int) throws -> PickleValue {
        let bytes = try reader.bytes(count)
        guard count <= 8 else { return .longInteger(bytes) }
        var bits: UInt64 = 0
        for byte in bytes.reversed() { bits = bits << 8 | UInt64(byte) }
        // Sign extension from the highest byte that is there.
        let unused = UInt64(64 - 8 * count)
        return .integer(count == 0 ? 0 : Int(Int64(bitPattern: bits << unused) >> Int64(unused)))
    }

    private mutating func textInteger() throws -> PickleValue {
        let text = try reader.line(limit: 32)
        switch text {
        case "00": return .boolean(false)
        case "01": return .boolean(true)
        default:
            guard let integer = Int(text) else { throw reader.damaged("holds '\(text)' in place of a whole number") }
            return .integer(integer)
        }
    }
}
