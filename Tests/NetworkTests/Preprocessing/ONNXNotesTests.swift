import Testing

@testable import Network

@Suite struct ONNXNotesTests {
    @Test("names as Python and JSON print them", arguments: [
        ("{0: 'tench', 1: \"cock's comb\", 2: 'snow\\xe9'}", ["tench", "cock's comb", "snow\u{e9}"]),
        (#"{"1": "b", "0": "a"}"#, ["a", "b"]), ("['a', 'b',]", ["a", "b"]), (#"["a b", "c, d"]"#, ["a b", "c, d"]),
    ])
    func names(text: String, names: [String]) {
        #expect(ONNXNotes(["names": text]).classNames == names)
    }

    @Test("other forms name nothing", arguments: [
        "", "{", "{}", "[]", "{0: 'a', 2: 'b'}", "{0: 'a', 0: 'b'}", "{0: a}", "['a'", "['a' 'b']", "{0: 'a", "{99999999999999999999: 'a'}",
        "__import__('os')", "['\\u12']",
    ])
    func nothing(text: String) {
        #expect(ONNXNotes(["names": text]).classNames == nil)
    }

    @Test func ultralytics() {
        let notes = ONNXNotes(["author": "Ultralytics", "imgsz": "[224, 224]", "names": "{0: 'a'}"])
        #expect(notes.size == [224, 224])
        #expect(notes.stated.mean == [0])
        #expect(notes.stated.resizing == .shorterSide(224))
        #expect(ONNXNotes(["imgsz": "640"]).size == [640, 640])
        #expect(ONNXNotes(["imgsz": "[0, 99999999]"]).size == nil)
        #expect(ONNXNotes(["imgsz": "[32, 32]"]).stated.mean == nil)
        #expect(ONNXNotes([:]).stated.isEmpty)
    }
}
