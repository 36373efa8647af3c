import Diagnostics
import Testing

@Suite struct PathTextTests {
    @Test func `a path's folder is its text before the last name`() {
        let folders = [
            "a/b.pth": "a", "a/b/": "a", "b.pth": ".", "x": ".", "x/": ".", "/x": "/", "/": "/", "": ".", "a//b": "a", "./x": ".", "é/ü": "é", "//a": "/",
        ]
        for (path, folder) in folders { #expect(PathText.folder(of: path) == folder, "\(path)") }
        let files = ["a/b.pth": "a/c", "b.pth": "c", "./x": "./c", "/x": "/c", "a/b/x": "a/b/c", ".x": "./c"]
        for (path, file) in files { #expect(PathText.file("c", beside: path) == file, "\(path)") }
    }
}
