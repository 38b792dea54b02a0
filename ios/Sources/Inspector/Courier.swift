import Foundation
import Mingzheng
#if canImport(FoundationNetworking)
import FoundationNetworking
#endif

/// Carries what the core asks to the office and back. What a reply means, and what comes next, only the core knows.
public final class Courier: Sendable {
    /// Whether somebody looks at the phone, or the system lets it send while nobody does.
    public enum Mode: Sendable {
        /// Chunks with a checksum each.
        case foreground
        /// What is left of a file in one request, whose body the platform reads from a file.
        case background
    }

    /// Requests under way at once: one about entries or the feed, and beside it one a file.
    private static let atOnce: UInt32 = 4

    private let phone: any PhoneProtocol
    private let mode: Mode
    private let session: URLSession
    private let reader = Reader()

    public init(phone: any PhoneProtocol, mode: Mode = .foreground) {
        self.phone = phone
        self.mode = mode
        session = URLSession(configuration: .ephemeral, delegate: reader, delegateQueue: nil)
    }

    deinit {
        session.finishTasksAndInvalidate()
    }

    /// Goes on until the core has nothing more to ask (true), or wants to wait or the network fails (false).
    public func run() async throws -> Bool {
        while true {
            let batch = try phone.nextRequests(most: Self.atOnce, background: mode == .background)
            if batch.isEmpty { return try phone.sending().waitMs == 0 }
            var failed = false
            for (id, answer) in await carry(batch) {
                if let answer {
                    try take(id, answer)
                } else {
                    try phone.onFailure(id: id)
                    failed = true
                }
            }
            if failed { return false }
        }
    }

    /// All of them at once; nothing stands for what got no answer.
    private func carry(_ batch: [HttpRequest]) async -> [(UInt64, Answer?)] {
        await withTaskGroup(of: (UInt64, Answer?).self) { group in
            for request in batch { group.addTask { (request.id, try? await self.exchange(request)) } }
            return await group.reduce(into: []) { $0.append($1) }
        }
    }

    private func exchange(_ request: HttpRequest) async throws -> Answer {
        guard let url = URL(string: request.url) else { throw URLError(.badURL) }
        var carried = URLRequest(url: url)
        carried.httpMethod = request.method
        carried.timeoutInterval = 60
        request.headers.forEach { carried.setValue($0.value, forHTTPHeaderField: $0.name) }
        guard request.body.isEmpty, let part = request.file else {
            carried.httpBody = request.body.isEmpty ? nil : request.body
            return try await reader.answer(to: session.dataTask(with: carried), limit: request.limit)
        }
        let body = try Part(of: part)
        defer { body.remove() }
        return try await reader.answer(to: session.uploadTask(with: carried, fromFile: body.file), limit: request.limit)
    }

    private func take(_ id: UInt64, _ answer: Answer) throws {
        let headers = answer.http.allHeaderFields.compactMap { name, value in
            (name as? String).map { HttpHeader(name: $0, value: String(describing: value)) }
        }
        do {
            try phone.onResponse(id: id, status: UInt16(clamping: answer.http.statusCode), headers: headers, body: answer.body)
        } catch PhoneError.Refused {
            // the core keeps what was refused, tries it again or sets it aside, and goes on with the rest
        }
    }
}

/// What came back.
private struct Answer: Sendable {
    let http: HTTPURLResponse
    let body: Data
}

/// Part of a sealed file as a file of its own, which is what the platform can send by itself; the whole file is sent as it is.
private struct Part {
    private static let piece = 256 << 10
    let file: URL
    private let made: Bool

    init(of part: HttpFile) throws {
        let whole = URL(fileURLWithPath: part.path)
        let size = try FileManager.default.attributesOfItem(atPath: part.path)[.size] as? UInt64
        if part.offset == 0 && size == part.length {
            (file, made) = (whole, false)
            return
        }
        let copy = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        guard FileManager.default.createFile(atPath: copy.path, contents: nil) else { throw URLError(.cannotCreateFile) }
        let (from, to) = (try FileHandle(forReadingFrom: whole), try FileHandle(forWritingTo: copy))
        defer { try? from.close(); try? to.close() }
        try from.seek(toOffset: part.offset)
        var left = part.length
        while left > 0, let read = try from.read(upToCount: Int(min(left, UInt64(Self.piece)))), !read.isEmpty {
            try to.write(contentsOf: read)
            left -= UInt64(read.count)
        }
        (file, made) = (copy, true)
    }

    func remove() {
        if made { try? FileManager.default.removeItem(at: file) }
    }
}

/// Reads each answer no further than the office's longest, whatever stands in its place (F27): an endless body, or a small one that unpacks to a huge one.
/// The office packs nothing: requests ask for `identity`.
private final class Reader: NSObject, URLSessionDataDelegate, @unchecked Sendable {
    private struct Reading {
        let limit: UInt64
        let done: CheckedContinuation<Answer, any Error>
        var body = Data()
        var refused = false
    }

    private let lock = NSLock()
    private var readings: [Int: Reading] = [:]

    func answer(to task: URLSessionTask, limit: UInt64) async throws -> Answer {
        try await withCheckedThrowingContinuation { done in
            lock.withLock { readings[task.taskIdentifier] = Reading(limit: limit, done: done) }
            task.resume()
        }
    }

    func urlSession(
        _ session: URLSession, dataTask: URLSessionDataTask, didReceive response: URLResponse,
        completionHandler: @escaping (URLSession.ResponseDisposition) -> Void
    ) {
        let packing = (response as? HTTPURLResponse)?.value(forHTTPHeaderField: "Content-Encoding") ?? "identity"
        let refused = lock.withLock {
            guard let limit = readings[dataTask.taskIdentifier]?.limit else { return true }
            let refused = packing.lowercased() != "identity" || response.expectedContentLength > Int64(clamping: limit)
            readings[dataTask.taskIdentifier]?.refused = refused
            return refused
        }
        completionHandler(refused ? .cancel : .allow)
    }

    func urlSession(_ session: URLSession, dataTask: URLSessionDataTask, didReceive data: Data) {
        let refused = lock.withLock {
            guard var reading = readings[dataTask.taskIdentifier], !reading.refused else { return true }
            reading.refused = UInt64(reading.body.count + data.count) > reading.limit
            if !reading.refused { reading.body.append(data) }
            readings[dataTask.taskIdentifier] = reading
            return reading.refused
        }
        if refused { dataTask.cancel() }
    }

    func urlSession(_ session: URLSession, task: URLSessionTask, didCompleteWithError error: (any Error)?) {
        guard let reading = lock.withLock({ readings.removeValue(forKey: task.taskIdentifier) }) else { return }
        if reading.refused {
            reading.done.resume(throwing: URLError(.dataLengthExceedsMaximum))
        } else if let error {
            reading.done.resume(throwing: error)
        } else if let http = task.response as? HTTPURLResponse {
            reading.done.resume(returning: Answer(http: http, body: reading.body))
        } else {
            reading.done.resume(throwing: URLError(.badServerResponse))
        }
    }

    /// A redirect is not followed: a captive portal is not the office.
    func urlSession(
        _ session: URLSession, task: URLSessionTask, willPerformHTTPRedirection response: HTTPURLResponse, newRequest request: URLRequest,
        completionHandler: @escaping (URLRequest?) -> Void
    ) {
        completionHandler(nil)
    }
}
