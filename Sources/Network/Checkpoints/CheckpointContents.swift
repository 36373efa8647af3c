import Diagnostics

/// What the reader of a file format finds: tensors as they are stored, under their full names.
struct CheckpointContents {
    /// As `Checkpoint.format`.
    let format: String
    /// In the file's order.
    var entries: [TensorEntry]
    /// As `Checkpoint.nesting`.
    var nesting: [String] = []
    var metadata: [String: String] = [:]
    /// Other files that hold tensors, relative to the folder of the one that was opened.
    var companions: [String] = []
    /// The class of the module that was pickled whole in place of a state dictionary.
    var moduleClass: String?
    /// What was passed over, as sentences for a person.
    var remarks: [String] = []
    /// What to throw unless a known network shows itself among the tensors: they are of several dictionaries, none of them likelier.
    var ambiguity: Problem?
    var model: ONNXModel?

    init(format: String, entries: [TensorEntry]) {
        self.format = format
        self.entries = entries
    }

    /// A model that brings its own network, and its tensors.
    init(format: String, model: ONNXModel) {
        self.init(format: format, entries: model.graph.initializers.compactMap { if case .bytes(let entry) = $0.contents { entry } else { nil } })
        self.model = model
        metadata = model.metadata
        companions = model.externalFiles
    }

    /// What a pickle holds, its tensors being `entries`.
    init(format: String, _ dictionary: StateDictionary, entries: [TensorEntry]) {
        self.init(format: format, entries: entries)
        nesting = dictionary.nesting
        moduleClass = dictionary.moduleClass
        remarks = dictionary.remarks
        ambiguity = dictionary.ambiguity
    }
}
