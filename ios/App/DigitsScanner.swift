import AVFoundation
import Inspector
import SwiftUI
import UIKit

/// The camera on the party's page: gives the text of the first QR it sees, or says why it sees nothing. What is no challenge the core refuses.
struct DigitsScanner: UIViewControllerRepresentable {
    let found: (String) -> Void
    let failed: (NoScan) -> Void

    func makeUIViewController(context: Context) -> ScannerController {
        let controller = ScannerController()
        controller.found = found
        controller.failed = failed
        return controller
    }

    func updateUIViewController(_ controller: ScannerController, context: Context) {}
}

final class ScannerController: UIViewController, AVCaptureMetadataOutputObjectsDelegate {
    var found: ((String) -> Void)?
    var failed: ((NoScan) -> Void)?
    private let session = AVCaptureSession()

    override func viewDidAppear(_ animated: Bool) {
        super.viewDidAppear(animated)
        guard session.inputs.isEmpty else { return }
        switch AVCaptureDevice.authorizationStatus(for: .video) {
        case .authorized: start()
        case .notDetermined:
            AVCaptureDevice.requestAccess(for: .video) { allowed in
                DispatchQueue.main.async { [weak self] in allowed ? self?.start() : self?.failed?(.notAllowed) }
            }
        default: failed?(.notAllowed)
        }
    }

    private func start() {
        guard let camera = AVCaptureDevice.default(for: .video) else { failed?(.noCamera); return }
        let output = AVCaptureMetadataOutput()
        guard let input = try? AVCaptureDeviceInput(device: camera), session.canAddInput(input), session.canAddOutput(output) else {
            failed?(.inUse)
            return
        }
        session.addInput(input)
        session.addOutput(output)
        output.setMetadataObjectsDelegate(self, queue: .main)
        guard output.availableMetadataObjectTypes.contains(.qr) else { failed?(.noCamera); return }
        output.metadataObjectTypes = [.qr]
        let preview = AVCaptureVideoPreviewLayer(session: session)
        preview.frame = view.bounds
        preview.videoGravity = .resizeAspectFill
        view.layer.addSublayer(preview)
        DispatchQueue.global(qos: .userInitiated).async { [session] in session.startRunning() }
    }

    override func viewWillDisappear(_ animated: Bool) {
        super.viewWillDisappear(animated)
        session.stopRunning()
    }

    func metadataOutput(_ output: AVCaptureMetadataOutput, didOutput objects: [AVMetadataObject], from connection: AVCaptureConnection) {
        guard let text = objects.lazy.compactMap({ ($0 as? AVMetadataMachineReadableCodeObject)?.stringValue }).first, let found else { return }
        self.found = nil
        found(text)
    }
}
