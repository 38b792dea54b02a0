import Foundation
import Mingzheng

/// Where sound comes from: 16-bit samples, one channel. `nil` is the end; an error, that the system took it away.
public protocol Microphone: Sendable {
    var rate: UInt32 { get }
    func read() async throws -> [Int16]?
}

/// Records sound in files of about ten seconds and gives each to the core as soon as it is closed (R18).
public actor SoundRecorder {
    private let phone: any PhoneProtocol
    private let inspection: String
    private let microphone: any Microphone
    /// Milliseconds of a clock that nobody sets.
    private let clock: @Sendable () -> UInt64
    private var stopping = false

    public init(phone: any PhoneProtocol, inspection: String, microphone: any Microphone, clock: @escaping @Sendable () -> UInt64) {
        self.phone = phone
        self.inspection = inspection
        self.microphone = microphone
        self.clock = clock
    }

    /// The part under way is closed and sealed; `run` then ends the recording.
    public func stop() { stopping = true }

    /// Records until it is stopped or the microphone ends. Throws when the microphone or the disk fails or the core refuses: the recording then
    /// stands still, ask for the reason; what was written is an orphan.
    @discardableResult
    public func run(scene: String?, heard: @Sendable (PartView) -> Void = { _ in }) async throws -> RecordingView {
        let recording = try await patient { [phone, inspection] in
            try phone.beginRecording(inspection: inspection, media: .audio, scene: scene)
        }
        let begun = clock()
        var number = 0
        while !stopping {
            let path = recording.prefix + "\(number).wav"
            number += 1
            guard let (info, more) = try await record(path, recording.partMs, begun) else { break }
            heard(try await patient { [phone, inspection] in
                try phone.addPart(inspection: inspection, recording: recording.id, path: path, info: info)
            })
            if !more { break }
        }
        try await patient { [phone, inspection] in try phone.endRecording(inspection: inspection, recording: recording.id) }
        return recording
    }

    /// One file, and whether there is more to hear; nil when nothing was heard.
    private func record(_ path: String, _ limit: UInt64, _ begun: UInt64) async throws -> (PartInfo, Bool)? {
        let file = try WavFile(path: path, rate: microphone.rate)
        var starts: UInt64?
        var more = true
        while !stopping, file.milliseconds < limit {
            guard let samples = try await microphone.read() else {
                more = false
                break
            }
            // The samples were heard before they were read.
            let length = UInt64(samples.count) * 1000 / UInt64(microphone.rate)
            if starts == nil { starts = clock() - min(clock(), begun + length) }
            try file.write(samples)
        }
        try file.close()
        if file.milliseconds > 0 { return (PartInfo(startsMs: starts ?? 0, lastsMs: file.milliseconds, place: nil), more) }
        try FileManager.default.removeItem(atPath: path)
        return nil
    }

    /// The core answers `Busy` instead of waiting: another act is under way.
    private func patient<T: Sendable>(_ call: @Sendable () throws -> T) async throws -> T {
        while true {
            do {
                return try call()
            } catch PhoneError.Busy {
                try await _Concurrency.Task.sleep(for: .milliseconds(20))
            }
        }
    }
}
