import Testing

@testable import Run

struct RunPathTests {
    @Test(arguments: [
        ("layer3.2", "layer3.2"), ("_blocks.0", "~5Fblocks.0"), ("a_b-c", "a_b-c"), ("a/b", "a~2Fb"), ("..", "~2E~2E"),
        (".", "~2E"),
        ("", "~"), ("a b", "a~20b"), ("é", "~C3~A9"), ("~", "~7E"), ("x\0\n", "x~00~0A"), (".git", "~2Egit"),
        ("aux", "~61ux"), ("AUX", "~41UX~-3"), ("con.1", "~63on.1"), ("console", "console"), ("lpt1", "~6Cpt1"),
        ("Relu", "Relu~-1"), ("relu", "relu"), ("Mixed_5b", "Mixed_5b~-1"), ("aA/bB", "aA~2FbB~-a"), ("abcdE", "abcdE~-10"),
    ])
    func keys(name: String, key: String) {
        #expect(RunPath.key(for: name) == key)
    }

    @Test func keysAreUniqueAndShort() {
        var names = ["relu", "Relu", "reLU", "RELU", "~-1", "a~-1", "A~-1", "a~C1", "", "~", "~~", "~7E", "<script>", "%3Cscript%3E", "a", "A", "a.", "a..", "../../etc/passwd", "\"'"]
        for first in 0..<128 as Range<UInt8> {
            for second in 0..<128 as Range<UInt8> { names.append(String(decoding: [first, second], as: UTF8.self)) }
        }
        names += (290...310).map { String(repeating: "x", count: $0) } + (290...310).map { String(repeating: "/", count: $0) }
        let unique = Set(names)
        let keys = Set(unique.map(RunPath.key))
        #expect(keys.count == unique.count)
        // On a disk without regard to case as well.
        #expect(Set(keys.map { $0.lowercased() }).count == unique.count)
        for key in keys {
            #expect(key.utf8.count <= 120 && !key.isEmpty && key != "." && key != "..")
            #expect(!key.hasPrefix("_") && !key.hasPrefix("."))
            #expect(
                key.utf8.allSatisfy {
                    $0 == 0x7E || $0 == 0x2D || $0 == 0x2E || $0 == 0x5F || Character(Unicode.Scalar($0)).isLetter
                        || Character(Unicode.Scalar($0)).isNumber
                })
        }
    }

    @Test(arguments: ["/etc/passwd", "../x", "a/../b", "", "a//b", "./a", "a/"])
    func pathsThatLeaveAreRefused(path: String) {
        #expect(RunPath(path) == nil)
    }

    @Test func pathsOfTargets() {
        #expect("\(RunPath.prototype(.unit(layer: "layer3.2", unit: 4)))" == "layers/layer3.2/prototypes/4.json")
        #expect("\(RunPath.prototypePicture(.classOutput(index: 7)))" == "classes/prototypes/7.png")
        #expect("\(RunPath.templates(layer: "layer3.1.letkd"))" == "distillation/layer3.1.letkd/templates.json")
        #expect("\(RunPath.templateMaps(layer: "a/b"))" == "distillation/a~2Fb/maps.json")
        #expect(RunPath("images/12.png") == RunPath.imagePicture(12))
    }
}
