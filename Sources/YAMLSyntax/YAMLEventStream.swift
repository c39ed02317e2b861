import CLibYAML
import Diagnostics

/// libyaml's parser over one text; owns the C structures and hands out Swift values.
///
/// libyaml counts lines and columns from 0, columns in characters (its manual calls the pair a mark).
final class YAMLEventStream {
    enum Event {
        case alias(String)
        case scalar(YAMLScalar, anchor: String?, tag: String?)
        case sequenceStart(anchor: String?, tag: String?)
        case sequenceEnd
        case mappingStart(anchor: String?, tag: String?)
        case mappingEnd
        case documentStart
        case documentEnd
        case streamStart
        case streamEnd
    }

    struct Failure: Error {
        var problem: String
        var context: String?
        var range: SourceRange
        /// The line in which what the parser was reading begins.
        var contextLine: Int?
    }

    private let file: SourceFile
    private let linesBefore: Int
    private let parser: UnsafeMutablePointer<yaml_parser_t>
    private let input: UnsafeMutableBufferPointer<UInt8>

    init(_ piece: YAMLPiece) {
        file = piece.file
        linesBefore = piece.linesBefore
        parser = .allocate(capacity: 1)
        yaml_parser_initialize(parser)
        // libyaml keeps the pointer, so the bytes live as long as the parser does.
        input = .allocate(capacity: piece.bytes.count)
        _ = input.initialize(from: piece.bytes)
        yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
        yaml_parser_set_input_string(parser, input.baseAddress, input.count)
    }

    deinit {
        yaml_parser_delete(parser)
        parser.deallocate()
        input.deallocate()
    }

    /// Returns the next event with the stretch of text it came from.
    func next() throws(Failure) -> (Event, SourceRange) {
        var event = yaml_event_t()
        guard yaml_parser_parse(parser, &event) == 1 else { throw failure() }
        defer { yaml_event_delete(&event) }
        return (translate(event), range(event.start_mark, event.end_mark))
    }

    private func translate(_ event: yaml_event_t) -> Event {
        switch event.type {
        case YAML_ALIAS_EVENT: return .alias(text(event.data.alias.anchor) ?? "")
        case YAML_SCALAR_EVENT:
            let scalar = event.data.scalar
            let value = String(decoding: UnsafeBufferPointer(start: scalar.value, count: scalar.length), as: UTF8.self)
            let isPlain = scalar.style == YAML_PLAIN_SCALAR_STYLE
            return .scalar(YAMLScalar(value, isPlain: isPlain), anchor: text(scalar.anchor), tag: text(scalar.tag))
        case YAML_SEQUENCE_START_EVENT:
            let start = event.data.sequence_start
            return .sequenceStart(anchor: text(start.anchor), tag: text(start.tag))
        case YAML_SEQUENCE_END_EVENT: return .sequenceEnd
        case YAML_MAPPING_START_EVENT:
            let start = event.data.mapping_start
            return .mappingStart(anchor: text(start.anchor), tag: text(start.tag))
        case YAML_MAPPING_END_EVENT: return .mappingEnd
        case YAML_DOCUMENT_START_EVENT: return .documentStart
        case YAML_DOCUMENT_END_EVENT: return .documentEnd
        case YAML_STREAM_START_EVENT: return .streamStart
        default: return .streamEnd
        }
    }

    private func text(_ pointer: UnsafeMutablePointer<yaml_char_t>?) -> String? {
        pointer.map { String(cString: $0) }
    }

    private func range(_ start: yaml_mark_t, _ end: yaml_mark_t) -> SourceRange {
        SourceRange(
            file: file,
            line: linesBefore + start.line + 1,
            column: start.column + 1,
            endLine: linesBefore + end.line + 1,
            endColumn: end.column + 1
        )
    }

    private func mark(atByte offset: Int) -> yaml_mark_t {
        let before = input.prefix(offset)
        let line = before.reduce(0) { $1 == UInt8(ascii: "\n") ? $0 + 1 : $0 }
        let start = before.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
        // Columns count characters: the first byte of each, and not those that continue it.
        let column = before[start...].count { $0 & 0xC0 != 0x80 }
        return yaml_mark_t(index: offset, line: line, column: column)
    }

    private func failure() -> Failure {
        let state = parser.pointee
        // A reader error (a control character, say) has an offset in bytes instead of a mark.
        let mark = state.error == YAML_READER_ERROR ? self.mark(atByte: state.problem_offset) : state.problem_mark
        return Failure(
            problem: state.problem.map { String(cString: $0) } ?? "the text cannot be read",
            context: state.context.map { String(cString: $0) },
            range: range(mark, yaml_mark_t(index: mark.index + 1, line: mark.line, column: mark.column + 1)),
            contextLine: state.context.map { _ in linesBefore + state.context_mark.line + 1 }
        )
    }
}
