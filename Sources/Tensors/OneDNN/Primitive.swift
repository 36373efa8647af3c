internal import COneDNN
import Diagnostics

/// A oneDNN primitive: made once, free of state, run from any thread with memory of the caller's.
final class Primitive: @unchecked Sendable {
    let description: dnnl_primitive_desc_t
    private let handle: dnnl_primitive_t

    /// What the primitive needs besides its arguments, in bytes; two runs at a time need one each.
    let scratchBytes: Int

    /// A primitive from the description that `create` makes. `scale`, `added` and `activation` are applied to the result, in that
    /// order; `added` is a buffer of the result's shape.
    init(
        _ name: String, adding added: MemoryDescription? = nil, activation: Activation? = nil, scale: Float = 1,
        _ create: (_ description: inout dnnl_primitive_desc_t?, _ engine: dnnl_engine_t, _ attributes: dnnl_primitive_attr_t?) -> dnnl_status_t
    ) throws {
        var attributes: dnnl_primitive_attr_t?
        try OneDNN.check(dnnl_primitive_attr_create(&attributes), "setting up \(name)")
        defer { dnnl_primitive_attr_destroy(attributes) }
        // Scratch of the caller's: without it the library keeps some per primitive, and runs are not independent.
        try OneDNN.check(dnnl_primitive_attr_set_scratchpad_mode(attributes, dnnl_scratchpad_mode_user), "setting up \(name)")
        if added != nil || activation != nil || scale != 1 {
            try OneDNN.check(
                vitrine_post_operations(attributes, scale, added?.handle, activation.kind, activation.upperBound), "setting up \(name)")
        }
        var made: dnnl_primitive_desc_t?
        try OneDNN.check(create(&made, OneDNN.engine(), attributes), "preparing \(name)")
        guard let made else { throw Problem("oneDNN prepared nothing for \(name)") }
        var primitive: dnnl_primitive_t?
        let status = dnnl_primitive_create(&primitive, made)
        guard status == dnnl_success, let primitive else {
            dnnl_primitive_desc_destroy(made)
            try OneDNN.check(status, "generating code for \(name)")
            throw Problem("oneDNN generated nothing for \(name)")
        }
        description = made
        handle = primitive
        scratchBytes = (try? MemoryDescription(of: made, dnnl_query_scratchpad_md).bytes) ?? 0
    }

    deinit {
        dnnl_primitive_destroy(handle)
        dnnl_primitive_desc_destroy(description)
    }

    /// The name of the implementation that the library chose, such as `jit:avx512_core`. `ref` in it means a slow one.
    var implementation: String { vitrine_implementation(description).map { String(cString: $0) } ?? "" }

    /// True for a loop that serves all processors and forms of buffers: a thousand times as slow, for a convolution.
    var isReference: Bool { implementation.hasPrefix("ref") }

    /// True when the library has code of its own for this processor, and no loop for all of them.
    var computesFast: Bool { implementation.hasPrefix("jit") || implementation.hasPrefix("brg") }

    func run(on stream: Stream, _ arguments: Arguments) throws {
        try arguments.list.withUnsafeBufferPointer {
            try OneDNN.check(
                dnnl_primitive_execute(handle, stream.handle, Int32($0.count), $0.baseAddress), "running \(implementation)")
        }
    }

    /// The step that runs with `buffers`, all of them as `description` says, and `scratch`.
    func bind(
        _ description: MemoryDescription, _ buffers: KeyValuePairs<Int32, UnsafeMutablePointer<Float>>, scratch: UnsafeMutableRawPointer
    ) throws -> BoundStep {
        let arguments = Arguments()
        for (argument, buffer) in buffers { try arguments.bind(argument, description, buffer) }
        try arguments.bindScratch(of: self, scratch)
        return { stream in try self.run(on: stream, arguments) }
    }

    /// Buffers bound to a primitive's arguments; made once per workspace. Does not own the bytes.
    final class Arguments {
        fileprivate private(set) var list: [dnnl_exec_arg_t] = []

        init() {}

        deinit { for argument in list { dnnl_memory_destroy(argument.memory) } }

        func bind(_ argument: Int32, _ description: MemoryDescription, _ bytes: UnsafeMutableRawPointer) throws {
            var memory: dnnl_memory_t?
            try OneDNN.check(vitrine_memory_create(&memory, description.handle, OneDNN.engine(), bytes), "binding a buffer")
            list.append(dnnl_exec_arg_t(arg: argument, memory: memory))
        }

        func bindScratch(of primitive: Primitive, _ scratch: UnsafeMutableRawPointer) throws {
            guard primitive.scratchBytes > 0 else { return }
            try bind(
                DNNL_ARG_SCRATCHPAD, MemoryDescription(of: primitive.description, dnnl_query_scratchpad_md), scratch)
        }
    }
}

/// An order of execution. One for each thread that runs primitives.
public final class Stream {
    let handle: dnnl_stream_t

    public init() throws {
        var made: dnnl_stream_t?
        try OneDNN.check(dnnl_stream_create(&made, OneDNN.engine(), UInt32(dnnl_stream_default_flags.rawValue)), "opening a stream")
        guard let made else { throw Problem("oneDNN opened no stream") }
        handle = made
    }

    deinit { dnnl_stream_destroy(handle) }
}

extension Activation? {
    fileprivate var kind: vitrine_activation {
        switch self {
        case nil: vitrine_activation_none
        case .relu: vitrine_activation_relu
        case .clipped: vitrine_activation_clip
        }
    }

    fileprivate var upperBound: Float {
        if case .clipped(let upper) = self { upper } else { 0 }
    }
}
