import Diagnostics

/// What is said when a pickle asks for more than data.
extension PickleMachine {
    /// Modules whose functions run commands, load code or reach out of the process. Nothing is run here anyway; a file that asks
    /// for them is an attack on those who open it otherwise, and its numbers are not to be trusted.
    private static let refusedModules: Set<String> = [
        "os", "posix", "nt", "subprocess", "pty", "runpy", "ctypes", "_ctypes", "socket", "shutil", "sys", "importlib", "webbrowser",
        "pickle", "_pickle", "cPickle", "marshal",
    ]
    private static let refusedBuiltins: Set<String> = [
        "eval", "exec", "execfile", "compile", "__import__", "open", "file", "input", "raw_input", "breakpoint",
    ]

    private static let explanation = """
        Reading a checkpoint runs no code, whatever the file says: a state dictionary needs only tensors, numbers, text and \
        the containers around them.
        """
    private static let remedy = """
        If the file's source is trusted, open it in PyTorch and keep only the weights: \
        torch.save(model.state_dict(), 'weights.pt').
        """

    /// Whether only an attack calls `global` or makes an object of it.
    func isRefused(_ global: PickleHeap.Global) -> Bool {
        if global.module == "builtins" || global.module == "__builtin__" { return Self.refusedBuiltins.contains(global.name) }
        return Self.refusedModules.contains(String(global.module.prefix { $0 != "." }))
    }

    func refusal(calling global: PickleHeap.Global) -> Problem {
        Problem(
            "'\(reader.file.path)' asks to call `\(printable(global.description))`, which is refused", explanation: Self.explanation,
            remedy: Self.remedy)
    }

    func refusal(building global: PickleHeap.Global) -> Problem {
        Problem(
            "'\(reader.file.path)' asks to make an object of class `\(printable(global.description))`, which is refused",
            explanation: Self.explanation, remedy: Self.remedy)
    }
}
