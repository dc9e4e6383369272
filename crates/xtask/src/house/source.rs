//! Rust source, taken apart into code and comments. Not a parser: just enough to not be fooled by a string.

/// One line of a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Line {
    /// The code; of literals only the quotes are left.
    pub(super) code: String,
    /// What comments say.
    pub(super) comment: String,
}

impl Line {
    /// Whether the path or word `token` stands in the code, not as part of a longer name.
    pub(super) fn has(&self, token: &str) -> bool {
        let joins = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
        self.code.match_indices(token).any(|(at, _)| {
            !joins(self.code[..at].chars().next_back())
                && !joins(self.code[at + token.len()..].chars().next())
        })
    }
}

/// What the next character belongs to.
#[derive(Clone, Copy, Debug)]
enum State {
    Code,
    LineComment,
    /// Nested this deep.
    BlockComment(u32),
    Text,
    /// Ends with a quote and this many `#`.
    RawText(usize),
}

/// Takes a file apart.
pub(super) fn lines(text: &str) -> Vec<Line> {
    let chars: Vec<char> = text.chars().collect();
    let starts = |at: usize, what: &str| what.chars().enumerate().all(|(i, c)| chars.get(at + i) == Some(&c));
    let mut lines = Vec::new();
    let mut line = Line::default();
    let mut state = State::Code;
    let mut at = 0;
    while let Some(&c) = chars.get(at) {
        if c == '\n' {
            lines.push(std::mem::take(&mut line));
            if matches!(state, State::LineComment) {
                state = State::Code;
            }
            at += 1;
            continue;
        }
        let step = match state {
            State::Code if starts(at, "//") => {
                state = State::LineComment;
                2
            }
            State::Code if starts(at, "/*") => {
                state = State::BlockComment(1);
                2
            }
            State::Code if c == '"' => {
                state = raw_hashes(&line.code).map_or(State::Text, State::RawText);
                line.code.push(c);
                1
            }
            State::Code if c == '\'' => {
                line.code.push(c);
                char_literal(&chars[at..])
            }
            State::Code => {
                line.code.push(c);
                1
            }
            State::BlockComment(depth) if starts(at, "*/") => {
                state = if depth == 1 { State::Code } else { State::BlockComment(depth - 1) };
                2
            }
            State::BlockComment(depth) if starts(at, "/*") => {
                state = State::BlockComment(depth + 1);
                2
            }
            State::LineComment | State::BlockComment(_) => {
                line.comment.push(c);
                1
            }
            // An escaped end of line still ends the line.
            State::Text if c == '\\' => 1 + usize::from(chars.get(at + 1) != Some(&'\n')),
            State::Text if c == '"' => {
                state = State::Code;
                line.code.push(c);
                1
            }
            State::RawText(hashes) if c == '"' && (1..=hashes).all(|i| chars.get(at + i) == Some(&'#')) => {
                state = State::Code;
                line.code.push(c);
                1 + hashes
            }
            State::Text | State::RawText(_) => 1,
        };
        at += step;
    }
    if !line.code.is_empty() || !line.comment.is_empty() {
        lines.push(line);
    }
    lines
}

/// How many `#` stand between an `r` and the quote that follows `code`; `None` when the literal is not raw.
fn raw_hashes(code: &str) -> Option<usize> {
    let before = code.trim_end_matches('#');
    let hashes = code.len() - before.len();
    let before = before.strip_suffix('r')?;
    let before = before.strip_suffix(['b', 'c']).unwrap_or(before);
    let within_name = before.chars().next_back().is_some_and(|c| c.is_alphanumeric() || c == '_');
    (!within_name).then_some(hashes)
}

/// The length of the character literal that starts here; 1 for the quote of a lifetime.
fn char_literal(chars: &[char]) -> usize {
    match chars {
        [_, '\\', _, rest @ ..] => 3 + rest.iter().position(|&c| c == '\'').map_or(0, |end| end + 1),
        [_, _, '\'', ..] => 3,
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(text: &str) -> Vec<String> {
        lines(text).into_iter().map(|line| line.code).collect()
    }

    #[test]
    fn comments_and_literals_are_no_code() {
        assert_eq!(code("a(); // unsafe\nb(\"unsafe // x\");"), ["a(); ", "b(\"\");"]);
        assert_eq!(code("a /* one\n /* two */ three */ b"), ["a ", " b"]);
        assert_eq!(code("x(r#\"say \"hi\" // no\"#, 1) // c"), ["x(r#\"\", 1) "]);
        assert_eq!(code("let s = \"a\\\"b\\\\\"; c"), ["let s = \"\"; c"]);
        assert_eq!(lines("x // SAFETY: argued")[0].comment, " SAFETY: argued");
    }

    #[test]
    fn quotes_of_characters_and_lifetimes_are_told_apart() {
        assert_eq!(code("f('\"', 'a'); g::<'a>(\"x\")"), ["f(', '); g::<'a>(\"\")"]);
        assert_eq!(code("['\\'', '\\\\', '\\u{1F600}'] + 1"), ["[', ', '] + 1"]);
    }

    #[test]
    fn lines_keep_their_numbers_across_long_literals() {
        let text = "a(\"one\ntwo \\\n three\");\nlast";
        assert_eq!(lines(text).len(), text.lines().count());
        assert_eq!(code(text)[3], "last");
    }

    #[test]
    fn words_are_found_whole() {
        let line = &lines("unsafe_code; my_unsafe; Instant::nowhere")[0];
        assert!(!line.has("unsafe") && !line.has("Instant::now"));
        assert!(lines("x(unsafe { y })")[0].has("unsafe"));
    }
}
