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
            explanation +=
                " The file holds an object of class `\(printable(heap.globals[foreignClass].description))`, so it may be a whole pickled model."
        }
        return Problem(
            "'\(reader.file.path)' asks to call `\(printable(global.description))`, which is refused", explanation: explanation,
            remedy: Self.remedy)
    }

    func refusal(building index: Int) -> Problem {
        Problem(
            "'\(reader.file.path)' asks to make an object of class `\(printable(heap.globals[index].description))`, which is refused",
            explanation: Self.explanation, remedy: Self.remedy)
    }

    func wholeModule(_ index: Int) -> Problem {
        Problem(
            "'\(reader.file.path)' holds a whole pickled module of class `\(printable(heap.globals[index].description))`, not a state dictionary",
            explanation: "Such a file can be loaded only together with the code of its classes. " + Self.explanation,
            remedy: Self.remedy)
    }
}
