import Diagnostics

/// What is said when a pickle asks for more than data.
extension PickleMachine {
    private static let explanation = """
        Reading a checkpoint runs no code, whatever the file says: a state dictionary needs only tensors, numbers, text and \
        the containers around them.
        """
    private static let remedy = """
        If the file's source is trusted, open it in PyTorch and keep only the weights: \
        torch.save(model.state_dict(), 'weights.pt').
        """

    func refusal(calling global: PickleHeap.Global) -> Problem {
        var explanation = Self.explanation
        if let foreignClass {
            explanation += " The file holds an object of class `\(shown(heap.globals[foreignClass]))`, so it may be a whole pickled model."
        }
        return Problem("'\(reader.file.path)' asks to call `\(shown(global))`, which is refused", explanation: explanation, remedy: Self.remedy)
    }

    func refusal(building index: Int) -> Problem {
        Problem(
            "'\(reader.file.path)' asks to make an object of class `\(shown(heap.globals[index]))`, which is refused",
            explanation: Self.explanation, remedy: Self.remedy)
    }

    func wholeModule(_ index: Int) -> Problem {
        Problem(
            "'\(reader.file.path)' holds a whole pickled module of class `\(shown(heap.globals[index]))`, not a state dictionary",
            explanation: "Such a file can be loaded only together with the code of its classes. " + Self.explanation,
            remedy: Self.remedy)
    }

    /// A name fit for a terminal: what a hostile file calls its functions may hold control characters or be very long.
    private func shown(_ global: PickleHeap.Global) -> String {
        String(global.description.unicodeScalars.prefix(200).map { $0.value < 0x20 || $0.value == 0x7F ? "?" : Character($0) })
    }
}
