import Foundation
import Testing

@testable import Tensors

struct ShapeTests {
    @Test func countIsTheProductOfTheExtents() {
        #expect(Shape([64, 3, 7, 7]).count == 9408 && Shape([64, 3, 7, 7]).rank == 4)
        #expect(Shape([]).count == 1 && Shape([]).rank == 0)
        #expect(Shape([5, 0, 3]).count == 0)
        let shape: Shape = [2, 3]
        #expect(shape[0] == 2 && shape[1] == 3 && shape != [3, 2])
    }

    @Test func readsAsAPaperWritesIt() {
        #expect("\(Shape([64, 3, 7, 7]))" == "64 x 3 x 7 x 7")
        #expect("\(Shape([]))" == "scalar" && "\(Shape([5]))" == "5")
    }

    @Test func isWrittenAsAnArray() throws {
        let bytes = try JSONEncoder().encode([Shape([2, 3])])
        #expect(String(decoding: bytes, as: UTF8.self) == "[[2,3]]")
        #expect(try JSONDecoder().decode([Shape].self, from: bytes) == [[2, 3]])
        #expect(throws: DecodingError.self) { try JSONDecoder().decode(Shape.self, from: Data("[2,-3]".utf8)) }
    }

    @Test func tensorsKeepTheirValuesUnderAnotherShape() {
        let tensor = Tensor(shape: [2, 3], values: [1, 2, 3, 4, 5, 6])
        #expect(tensor.reshaped(to: [3, 2]) == Tensor(shape: [3, 2], values: [1, 2, 3, 4, 5, 6]))
        #expect(Tensor(zeros: [2, 2]).values == [0, 0, 0, 0])
    }
}
