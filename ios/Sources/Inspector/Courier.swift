import Foundation
import Mingzheng
#if canImport(FoundationNetworking)
import FoundationNetworking
#endif

/// Carries what the core asks to the office and back. What a reply means, and what comes next, only the core knows.
public final class Courier: Sendable {
    private let phone: any PhoneProtocol
    private let session: URLSession

    public init(phone: any PhoneProtocol) {
        self.phone = phone
        session = URLSession(configuration: .ephemeral, delegate: NoRedirect(), delegateQueue: nil)
    }

    /// Goes on until the core has nothing more to ask (true), or wants to wait or the network fails (false).
    public func run() async throws -> Bool {
        while let request = try phone.nextRequest() {
            guard let url = URL(string: request.url) else { throw URLError(.badURL) }
            var carried = URLRequest(url: url)
            carried.httpMethod = request.method
            carried.httpBody = request.body.isEmpty ? nil : request.body
            request.headers.forEach { carried.setValue($0.value, forHTTPHeaderField: $0.name) }
            do {
                let (body, response) = try await session.data(for: carried)
                guard let http = response as? HTTPURLResponse else { throw URLError(.badServerResponse) }
                try answer(request.id, http, body)
            } catch is URLError {
                try phone.onFailure(id: request.id)
                return false
            }
        }
        return try phone.sending().waitMs == 0
    }

    private func answer(_ id: UInt64, _ http: HTTPURLResponse, _ body: Data) throws {
        let headers = http.allHeaderFields.compactMap { name, value in
            (name as? String).map { HttpHeader(name: $0, value: String(describing: value)) }
        }
        do {
            try phone.onResponse(id: id, status: UInt16(clamping: http.statusCode), headers: headers, body: body)
        } catch PhoneError.Refused {
            // the core keeps what was refused, tries it again or sets it aside, and goes on with the rest
        }
    }
}

/// A redirect is not followed: a captive portal is not the office.
private final class NoRedirect: NSObject, URLSessionTaskDelegate {
    func urlSession(
        _ session: URLSession, task: URLSessionTask, willPerformHTTPRedirection response: HTTPURLResponse, newRequest request: URLRequest,
        completionHandler: @escaping (URLRequest?) -> Void
    ) {
        completionHandler(nil)
    }
}
