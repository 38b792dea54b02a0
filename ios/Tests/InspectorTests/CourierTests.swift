import Foundation
@testable import Inspector
import Mingzheng
import XCTest
#if canImport(Glibc)
import Glibc
#endif

/// F27, F31: whatever stands in the office's place, the courier reads no more of it than the office's longest answer and follows it nowhere.
final class CourierTests: XCTestCase {
    func testF27AnEndlessBodyIsReadNoFurtherThanTheLimit() async throws {
        let endless = try Impostor { send in
            _ = send(Data("HTTP/1.1 200 OK\r\ncontent-type: application/cbor\r\nconnection: close\r\n\r\n".utf8))
            let piece = Data(repeating: 0x41, count: 64 << 10)
            while send(piece) { usleep(5_000) }
        }
        defer { endless.end() }
        let device = try Device()
        defer { device.end() }
        try device.phone.beginEnrolment(invitation: endless.invitation)
        let limit = try limitOfTheNext(device.phone)
        let sent = try await Courier(phone: device.phone).run()
        XCTAssertFalse(sent, "not sent")
        XCTAssertGreaterThan(endless.count, 0)
        // What was under way when it was broken off comes on top: 13 MB a second.
        XCTAssertLessThan(endless.written, Int(limit) + (64 << 20))
        XCTAssertFalse(try device.phone.status().enrolled)
    }

    func testF27ASmallBodyThatUnpacksToAHugeOneIsNotUnpacked() async throws {
        let packed = try gzip(zeros: 1 << 30)
        let bomb = try Impostor { send in
            _ = send(Data("HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\nconnection: close\r\n\r\n".utf8))
            var at = 0
            while at < packed.count, send(packed[at..<min(at + 4096, packed.count)]) {
                at += 4096
                usleep(40_000)
            }
        }
        defer { bomb.end() }
        let device = try Device()
        defer { device.end() }
        try device.phone.beginEnrolment(invitation: bomb.invitation)
        let sent = try await Courier(phone: device.phone).run()
        XCTAssertFalse(sent, "not sent")
        // Ten seconds would be needed for all of it. (How much Linux's Foundation unpacks ahead of its delegate is not ours to say.)
        XCTAssertLessThan(bomb.written, packed.count, "broken off, not read to its end")
        XCTAssertFalse(try device.phone.status().enrolled)
    }

    func testF31ARedirectIsNotFollowed() async throws {
        let elsewhere = try Impostor { send in _ = send(Data("HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n".utf8)) }
        defer { elsewhere.end() }
        let portal = try Impostor { send in
            let there = "http://127.0.0.1:\(elsewhere.port)/v1/trust"
            _ = send(Data("HTTP/1.1 302 Found\r\nlocation: \(there)\r\ncontent-length: 0\r\nconnection: close\r\n\r\n".utf8))
        }
        defer { portal.end() }
        let device = try Device()
        defer { device.end() }
        try device.phone.beginEnrolment(invitation: portal.invitation)
        let sent = try await Courier(phone: device.phone).run()
        XCTAssertFalse(sent, "not sent")
        XCTAssertGreaterThan(portal.count, 0)
        XCTAssertEqual(elsewhere.count, 0)
    }

    /// What is asked first, given back as not sent.
    private func limitOfTheNext(_ phone: Phone) throws -> UInt64 {
        let request = try XCTUnwrap(try phone.nextRequest())
        try phone.onFailure(id: request.id)
        try phone.sendNow()
        return request.limit
    }

    private func gzip(zeros: Int) throws -> Data {
        let process = Process(), output = Pipe()
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        process.arguments = ["-c", "head -c \(zeros) /dev/zero | gzip -9"]
        process.standardOutput = output
        try process.run()
        let packed = output.fileHandleForReading.readDataToEndOfFile()
        process.wait()
        return packed
    }
}

/// Stands in the office's place and answers everybody alike.
final class Impostor: @unchecked Sendable {
    let port: UInt16
    private let listener: Int32
    private let lock = NSLock()
    private var connections = 0, bytes = 0, ended = false

    /// How many have come.
    var count: Int { lock.withLock { connections } }
    /// How much was taken from it.
    var written: Int { lock.withLock { bytes } }

    init(_ answer: @escaping @Sendable (_ send: (Data) -> Bool) -> Void) throws {
        signal(SIGPIPE, SIG_IGN)
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let listener = listener
        let bound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { plain in
                bind(listener, plain, size) == 0 && listen(listener, 16) == 0 && getsockname(listener, plain, &size) == 0
            }
        }
        guard bound else { throw Failure(what: "no socket") }
        port = UInt16(bigEndian: address.sin_port)
        Thread.detachNewThread { [self] in
            while true {
                let client = accept(listener, nil, nil)
                if client < 0 || lock.withLock({ ended }) { return }
                lock.withLock { connections += 1 }
                var request = [UInt8](repeating: 0, count: 64 << 10)
                _ = recv(client, &request, request.count, 0)
                answer { data in
                    var at = 0
                    while at < data.count {
                        let sent = data.withUnsafeBytes { Glibc.send(client, $0.baseAddress! + at, data.count - at, 0) }
                        if sent <= 0 { return false }
                        at += sent
                        lock.withLock { bytes += sent }
                    }
                    return true
                }
                shutdown(client, Int32(SHUT_RDWR))
                close(client)
            }
        }
    }

    /// An invitation that leads here (docs/formats §7.1), of an office that is none.
    var invitation: String {
        // No longer than 23 bytes: its length stands in the head.
        let address = Data("http://127.0.0.1:\(port)".utf8)
        var cbor = Data([0xa4, 0x61, 0x76, 0x01, 0x64]) + Data("code".utf8) + Data([0x50]) + Data(repeating: 1, count: 16)
        cbor += Data([0x64]) + Data("root".utf8) + Data([0x58, 0x20]) + Data(repeating: 2, count: 32)
        cbor += Data([0x67]) + Data("address".utf8) + Data([0x60 | UInt8(address.count)]) + address
        let text = cbor.base64EncodedString().replacingOccurrences(of: "+", with: "-").replacingOccurrences(of: "/", with: "_")
        return "mingzheng:enrol#" + text.replacingOccurrences(of: "=", with: "")
    }

    func end() {
        lock.withLock { ended = true }
        shutdown(listener, Int32(SHUT_RDWR))
        close(listener)
    }
}
