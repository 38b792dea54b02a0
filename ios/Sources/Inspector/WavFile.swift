import Foundation

/// One WAVE file of 16-bit sound. Its lengths are written last: a file whose recorder died says so by its zeros, and the core names it.
final class WavFile {
    private let file: FileHandle
    private let rate: UInt32
    private var bytes: UInt32 = 0

    init(path: String, rate: UInt32) throws {
        guard FileManager.default.createFile(atPath: path, contents: nil), let file = FileHandle(forWritingAtPath: path) else {
            throw CocoaError(.fileWriteUnknown)
        }
        self.file = file
        self.rate = rate
        try file.write(contentsOf: header())
    }

    /// How long it plays so far.
    var milliseconds: UInt64 { UInt64(bytes / 2) * 1000 / UInt64(rate) }

    func write(_ samples: [Int16]) throws {
        let data = samples.map(\.littleEndian).withUnsafeBytes { Data($0) }
        try file.write(contentsOf: data)
        bytes += UInt32(data.count)
    }

    /// Complete and durable.
    func close() throws {
        try file.seek(toOffset: 0)
        try file.write(contentsOf: header())
        try file.synchronize()
        try file.close()
    }

    private func header() -> Data {
        var data = Data("RIFF".utf8)
        func append<T: FixedWidthInteger>(_ number: T) { withUnsafeBytes(of: number.littleEndian) { data.append(contentsOf: $0) } }
        append(bytes == 0 ? 0 : 36 + bytes)
        data += Data("WAVEfmt ".utf8)
        append(UInt32(16))
        append(UInt16(1))
        append(UInt16(1))
        append(rate)
        append(rate * 2)
        append(UInt16(2))
        append(UInt16(16))
        data += Data("data".utf8)
        append(bytes)
        return data
    }
}
