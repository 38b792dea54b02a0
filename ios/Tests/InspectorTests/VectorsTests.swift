import Foundation
import Mingzheng
import XCTest

/// The shared vectors of docs/formats, through the bindings: every good object is read as written, every other one is refused by name.
final class VectorsTests: XCTestCase {
    private let vectors = URL(fileURLWithPath: told("MINGZHENG_ROOT")).appendingPathComponent("tests/vectors")

    func testEveryVectorOfEveryFormatIsJudgedAsWritten() throws {
        var judged = 0
        for format in judgedFormats() {
            let folder = vectors.appendingPathComponent(format)
            let index = try object(Data(contentsOf: folder.appendingPathComponent("index.json")))
            let cases = try XCTUnwrap(index["cases"] as? [[String: Any]])
            for vector in cases {
                var context = try XCTUnwrap(index["context"] as? [String: Any])
                context.merge(try XCTUnwrap(vector["context"] as? [String: Any])) { _, own in own }
                let bytes = try (vector["file"] as? String).map { try Data(contentsOf: folder.appendingPathComponent($0)) }
                    ?? unhex(XCTUnwrap(vector["hex"] as? String))
                let got = judgeObject(format: format, bytes: bytes, context: try text(context))
                XCTAssertEqual(try text(object(Data(got.utf8))), try text(XCTUnwrap(vector["expect"])), "\(format): \(vector["name"] ?? "")")
                judged += 1
            }
        }
        XCTAssertGreaterThan(judged, 1000)
    }

    func testNoFolderOfVectorsIsLeftOut() throws {
        let folders = try FileManager.default.contentsOfDirectory(atPath: vectors.path).filter {
            FileManager.default.fileExists(atPath: vectors.appendingPathComponent($0 + "/index.json").path)
        }
        XCTAssertEqual(folders.sorted(), judgedFormats().sorted())
    }

    private func object(_ data: Data) throws -> [String: Any] {
        try XCTUnwrap(JSONSerialization.jsonObject(with: data) as? [String: Any])
    }

    /// One spelling for what is the same.
    private func text(_ json: Any) throws -> String {
        String(decoding: try JSONSerialization.data(withJSONObject: json, options: [.sortedKeys]), as: UTF8.self)
    }

    private func unhex(_ text: String) throws -> Data {
        var bytes = Data(capacity: text.utf8.count / 2)
        var rest = Substring(text)
        while let digits = rest.isEmpty ? nil : rest.prefix(2) {
            bytes.append(try XCTUnwrap(UInt8(digits, radix: 16)))
            rest = rest.dropFirst(2)
        }
        return bytes
    }
}
