import Diagnostics
import Foundation
import Testing

@testable import Images

@Suite struct ImageListTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
        for name in ["a.jpg", "b.jpg", "my cat.jpg", "images/val_0.JPEG", "images/val_1.JPEG"] { try folder.write(name, "12") }
    }

    /// Path and class of each image that a file of this name and text lists.
    private func listed(_ name: String, _ text: String) throws -> [String] {
        let set = try ImageFolder(path: folder.write(name, text))
        return set.items.map { "\($0.relativePath) \($0.folder.map { set.classNames[$0] } ?? "-")" }
    }

    @Test func lines() throws {
        #expect(try listed("list.txt", "a.jpg 65\nmy cat.jpg 7\nmy cat.jpg\n\nb.jpg  3 \n") == ["a.jpg 65", "my cat.jpg 7", "my cat.jpg -", "b.jpg 3"])
        // Without their endings, as in ImageNet's lists.
        #expect(try listed("list.txt", "images/val_0 1\nval_1 2\n") == ["images/val_0.JPEG 1", "images/val_1.JPEG 2"])
    }

    @Test func tables() throws {
        #expect(try listed("list.csv", "ImageId,Class\na,n01\nb,n02\n") == ["a.jpg n01", "b.jpg n02"])
        #expect(try listed("list.csv", "a.jpg;cat\nb.jpg;dog\n") == ["a.jpg cat", "b.jpg dog"])
        #expect(try listed("list.csv", "n,label,file\n1,\"tench, Tinca\",a.jpg\n2,\"a \"\"b\"\"\",b.jpg\n") == ["a.jpg tench, Tinca", "b.jpg a \"b\""])
        #expect(try listed("list.csv", "image,MEL,NV\na,0.0,1.0\nb,1,0\n") == ["a.jpg NV", "b.jpg MEL"])
        #expect(try listed("list.csv", "ImageId,PredictionString\na,n03995372 85 1 499 272 \nb,n02 1\n") == ["a.jpg n03995372", "b.jpg n02 1"])
        #expect(try listed("list.csv", "a.jpg\nb.jpg\n") == ["a.jpg -", "b.jpg -"])
        let boxes = "val_0.JPEG\tn01\t0\t0\t31\t31\nval_1.JPEG\tn02\t0\t0\t31\t31\n"
        #expect(try listed("val_annotations.txt", boxes) == ["images/val_0.JPEG n01", "images/val_1.JPEG n02"])
    }

    @Test("what is open is asked", arguments: [
        ("file,colour,size\na.jpg,red,big\nb.jpg,blue,small\n", "colour, size"),
        ("file,x,y1\na.jpg,1,1\nb.jpg,0,1\n", "2 classes"),
        ("a.jpg,cat,red\nb.jpg,dog,blue\n", "3 columns"),
        ("name,label\nq,1\nr,2\n", "no column names an image"),
        ("a.jpg,cat\ngone.jpg,dog\n", "gone.jpg (line 2)"),
        ("gone.jpg,cat\na.jpg,dog\n", "gone.jpg (line 1)"),
        ("a.jpg,\"cat\n", "line 1"),
    ])
    func problems(text: String, words: String) throws {
        let problem = #expect(throws: Problem.self) { try listed("list.csv", text) }
        #expect(problem?.summary.contains(words) == true, "\(problem?.summary ?? "")")
    }

    @Test func namesThatSeveralImagesHaveAreNotChosen() throws {
        try folder.write("more/val_0.JPEG")
        let problem = #expect(throws: Problem.self) { try listed("list.txt", "val_0 1\n") }
        #expect(problem?.summary.contains("val_0") == true)
        #expect(try listed("list.txt", "more/val_0 1\n") == ["more/val_0.JPEG 1"])
    }

    @Test func aTableBesideTheImages() throws {
        let flat = try TemporaryFolder()
        for name in ["1.png", "2.png", "3.png"] { try flat.write(name) }
        try flat.write("labels.csv", "file,label,note\n1.png,dog,x\n3.png,cat,y\n")
        try flat.write("prices.csv", "item,price\nfish,3\n")
        let set = try ImageFolder(path: flat.path)
        #expect(set.classNames == ["cat", "dog"] && set.items.map(\.folder) == [1, 0])
        #expect(set.remarks().first == "Classes are those of labels.csv, the column “label”, which leaves out 1 images")
        try flat.write("other.csv", "1.png,4\n2.png,5\n")
        let several = #expect(throws: Problem.self) { try ImageFolder(path: flat.path) }
        #expect(several?.summary.contains("labels.csv, other.csv") == true)
        // Folders of classes say it themselves.
        let classes = try TemporaryFolder()
        for name in ["cat/1.png", "dog/2.png"] { try classes.write(name) }
        try classes.write("labels.csv", "file,label\n1,x\n2,y\n")
        #expect(try ImageFolder(path: classes.path).classNames == ["cat", "dog"])
    }

    @Test func tinyImageNet() throws {
        let val = try TemporaryFolder()
        for name in ["images/val_0.JPEG", "images/val_1.JPEG"] { try val.write(name) }
        try val.write("val_annotations.txt", "val_0.JPEG\tn02\t0\t0\t62\t57\nval_1.JPEG\tn01\t3\t3\t59\t55\n")
        let set = try ImageFolder(path: val.path)
        #expect(set.classNames == ["n01", "n02"] && set.items.map(\.folder) == [1, 0])
    }
}
