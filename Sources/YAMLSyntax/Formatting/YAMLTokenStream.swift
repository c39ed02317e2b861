import CLibYAML

/// A token of a YAML text: what it is, and where its characters are.
struct YAMLToken {
    enum Kind {
        case streamStart, streamEnd, directive, documentStart, documentEnd
        case blockSequenceStart, blockMappingStart, blockEnd
        case flowSequenceStart, flowSequenceEnd, flowMappingStart, flowMappingEnd, flowEntry
        case blockEntry, key, value
        case alias, anchor, tag
        case plain, quoted, block
    }

    let kind: Kind
    /// In Unicode scalars from the start of the text, as libyaml counts.
    let range: Range<Int>
    /// In Unicode scalars from the start of its line, from 0.
    let column: Int
}

/// libyaml's scanner over one text. The parser that makes trees drops where indicators stand; a formatter needs them.
enum YAMLTokenStream {
    /// Returns the tokens of a text, or nil when it is no YAML.
    static func tokens(of text: String) -> [YAMLToken]? {
        var parser = yaml_parser_t()
        yaml_parser_initialize(&parser)
        defer { yaml_parser_delete(&parser) }
        yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING)
        // libyaml keeps the pointer for as long as it scans.
        return Array(text.utf8)
            .withUnsafeBufferPointer { input in
                yaml_parser_set_input_string(&parser, input.baseAddress, input.count)
                var tokens: [YAMLToken] = []
                while true {
                    var token = yaml_token_t()
                    guard yaml_parser_scan(&parser, &token) == 1, let kind = kind(of: token) else { return nil }
                    defer { yaml_token_delete(&token) }
                    tokens.append(
                        YAMLToken(
                            kind: kind,
                            range: token.start_mark.index..<max(token.start_mark.index, token.end_mark.index),
                            column: token.start_mark.column
                        )
                    )
                    if kind == .streamEnd { return tokens }
                }
            }
    }

    private static func kind(of token: yaml_token_t) -> YAMLToken.Kind? {
        switch token.type {
        case YAML_STREAM_START_TOKEN: .streamStart
        case YAML_STREAM_END_TOKEN: .streamEnd
        case YAML_VERSION_DIRECTIVE_TOKEN, YAML_TAG_DIRECTIVE_TOKEN: .directive
        case YAML_DOCUMENT_START_TOKEN: .documentStart
        case YAML_DOCUMENT_END_TOKEN: .documentEnd
        case YAML_BLOCK_SEQUENCE_START_TOKEN: .blockSequenceStart
        case YAML_BLOCK_MAPPING_START_TOKEN: .blockMappingStart
        case YAML_BLOCK_END_TOKEN: .blockEnd
        case YAML_FLOW_SEQUENCE_START_TOKEN: .flowSequenceStart
        case YAML_FLOW_SEQUENCE_END_TOKEN: .flowSequenceEnd
        case YAML_FLOW_MAPPING_START_TOKEN: .flowMappingStart
        case YAML_FLOW_MAPPING_END_TOKEN: .flowMappingEnd
        case YAML_FLOW_ENTRY_TOKEN: .flowEntry
        case YAML_BLOCK_ENTRY_TOKEN: .blockEntry
        case YAML_KEY_TOKEN: .key
        case YAML_VALUE_TOKEN: .value
        case YAML_ALIAS_TOKEN: .alias
        case YAML_ANCHOR_TOKEN: .anchor
        case YAML_TAG_TOKEN: .tag
        case YAML_SCALAR_TOKEN:
            switch token.data.scalar.style {
            case YAML_LITERAL_SCALAR_STYLE, YAML_FOLDED_SCALAR_STYLE: .block
            case YAML_PLAIN_SCALAR_STYLE: .plain
            default: .quoted
            }
        default: nil
        }
    }
}
