import Inspector
import SwiftUI

/// A screen of sections with its title and the way out: above them what is to be said of all, below what stays in sight.
struct ListScreen<Sections: View, Foot: View>: View {
    private let title: String
    private let message: String?
    private let sections: Sections
    private let foot: Foot
    @Environment(\.dismiss) private var dismiss
    private let words = Words.preferred

    init(_ title: String, message: String? = nil, @ViewBuilder sections: () -> Sections, @ViewBuilder foot: () -> Foot) {
        self.title = title
        self.message = message
        self.sections = sections()
        self.foot = foot()
    }

    var body: some View {
        NavigationStack {
            List {
                if let message { SwiftUI.Text(message).font(.headline) }
                sections
            }
            .navigationTitle(title)
            .toolbar { ToolbarItem(placement: .cancellationAction) { Button(words("close")) { dismiss() } } }
            .safeAreaInset(edge: .bottom) { foot }
        }
    }
}
