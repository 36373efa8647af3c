internal import COneDNN

/// A primitive for buffers as the caller has them. Where the library has nothing but a loop for their form on this processor (blocks of
/// sixteen channels suit AVX-512, those of eight AVX2), it computes in another form, and values are brought into that and back.
final class AdaptedPrimitive: Sendable {
    /// A buffer that the primitive reads or writes.
    struct Operand {
        let argument: Int32
        /// What the primitive calls its form.
        let query: dnnl_query_t
        /// As the caller has it.
        let form: MemoryDescription
        /// What the primitive is offered instead.
        let alternative: MemoryDescription
        let isResult: Bool

        static func read(_ argument: Int32, _ query: dnnl_query_t, _ form: MemoryDescription, or alternative: MemoryDescription) -> Operand {
            Operand(argument: argument, query: query, form: form, alternative: alternative, isResult: false)
        }

        static func written(_ argument: Int32, _ query: dnnl_query_t, _ form: MemoryDescription, or alternative: MemoryDescription) -> Operand {
            Operand(argument: argument, query: query, form: form, alternative: alternative, isResult: true)
        }
    }

    /// When the alternative forms are taken.
    enum Condition { case never, slow, always }

    let primitive: Primitive
    private let operands: [Bound]

    private struct Bound: Sendable {
        let argument: Int32
        let form: MemoryDescription
        let isResult: Bool
        /// Into the primitive's form, or of a result out of it; nil where that is the caller's.
        let change: Reorder?

        /// Room for the values in the primitive's form.
        var bytes: Int { change.map { isResult ? $0.sourceBytes : $0.resultBytes } ?? 0 }
    }

    /// - Parameters:
    ///   - condition: `slow`: where the library has nothing but a loop for the caller's forms, and more for the others.
    ///   - make: gives the primitive for operands in these forms; it is told whether they are the alternative ones.
    init(
        _ operands: [Operand], when condition: Condition = .slow, _ make: (_ forms: [MemoryDescription], _ isAdapted: Bool) throws -> Primitive
    ) throws {
        let plain = condition == .always ? nil : try make(operands.map(\.form), false)
        var other: Primitive?
        if condition == .always {
            other = try make(operands.map(\.alternative), true)
        } else if condition == .slow, plain?.isReference == true {
            other = (try? make(operands.map(\.alternative), true)).flatMap { $0.isReference ? nil : $0 }
        }
        guard let other else {
            guard let plain else { preconditionFailure("one of the two was made") }
            primitive = plain
            self.operands = operands.map { Bound(argument: $0.argument, form: $0.form, isResult: $0.isResult, change: nil) }
            return
        }
        primitive = other
        self.operands = try operands.map { operand in
            let used = try MemoryDescription(of: other.description, operand.query)
            let (before, after) = operand.isResult ? (used, operand.form) : (operand.form, used)
            let change = before.equals(after) ? nil : try Reorder("a change of blocks", from: before, to: after)
            return Bound(argument: operand.argument, form: operand.form, isResult: operand.isResult, change: change)
        }
    }

    /// True where values are brought into another form.
    var isAdapted: Bool { operands.contains { $0.change != nil } }
    var implementation: String { primitive.implementation + (isAdapted ? ", in another layout" : "") }
    var scratchBytes: Int {
        operands.reduce(0) { $0 + $1.bytes } + operands.reduce(primitive.scratchBytes) { max($0, $1.change?.scratchBytes ?? 0) }
    }

    /// The step that runs with `buffers`, in the order of the operands, and what `bindOthers` binds.
    func bind(
        _ buffers: [UnsafeMutableRawPointer], scratch: UnsafeMutableRawPointer, others bindOthers: (Primitive.Arguments) throws -> Void = { _ in }
    ) throws -> BoundStep {
        let arguments = Primitive.Arguments()
        try bindOthers(arguments)
        let working = scratch + operands.reduce(0) { $0 + $1.bytes }
        var place = scratch, before: [BoundStep] = [], after: [BoundStep] = []
        for (operand, buffer) in zip(operands, buffers) {
            guard let change = operand.change else {
                try arguments.bind(operand.argument, operand.form, buffer)
                continue
            }
            if operand.isResult {
                try arguments.bind(operand.argument, change.source, place)
                after.append(try change.bind(from: place, to: buffer, scratch: working))
            } else {
                try arguments.bind(operand.argument, change.result, place)
                before.append(try change.bind(from: buffer, to: place, scratch: working))
            }
            place += operand.bytes
        }
        try arguments.bindScratch(of: primitive, working)
        guard !before.isEmpty || !after.isEmpty else { return { [primitive] stream in try primitive.run(on: stream, arguments) } }
        return { [primitive] stream in
            for change in before { try change(stream) }
            try primitive.run(on: stream, arguments)
            for change in after { try change(stream) }
        }
    }
}
