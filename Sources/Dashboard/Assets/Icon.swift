/// The sign of the page in a browser's tab: a helm's wheel.
enum Icon {
    static let text = """
        <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><circle cx="16" cy="16" r="9" fill="none" stroke="#2f7fd3" \
        stroke-width="3"/><circle cx="16" cy="16" r="3" fill="#2f7fd3"/><path d="M16 1v30M1 16h30M5.4 5.4l21.2 21.2M26.6 \
        5.4L5.4 26.6" stroke="#2f7fd3" stroke-width="2"/></svg>
        """
}
