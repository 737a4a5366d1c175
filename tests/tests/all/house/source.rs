//! Rust source as far as the rules of the house need it: the files of a crate, and the paths that each names.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// One source file.
pub struct Source {
    /// Its path from the repository's root, with `/` between folders.
    pub path: String,
    /// Its text.
    pub text: String,
}

/// A path named in the code, such as `crate::state::key`, with the line it stands in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// The path's parts.
    pub parts: Vec<String>,
    /// The line, from 1.
    pub line: usize,
}

impl Named {
    /// Whether the path begins with these parts.
    pub fn begins_with(&self, parts: &[&str]) -> bool {
        self.parts.len() >= parts.len() && self.parts.iter().zip(parts).all(|(own, other)| own == other)
    }
}

/// The repository's root.
pub fn root() -> PathBuf {
    let own = Path::new(env!("CARGO_MANIFEST_DIR"));
    own.parent()
        .expect("this crate lies in a folder of the repository")
        .to_path_buf()
}

/// The Rust files under a folder of the repository, in order of their paths.
pub fn sources(folder: &str) -> Vec<Source> {
    let mut paths = Vec::new();
    collect(&root().join(folder), &mut paths);
    paths.sort();
    let read = |path: PathBuf| {
        let below = path.strip_prefix(root()).expect("it lies under the root");
        let parts: Vec<_> = below.iter().map(|part| part.to_string_lossy()).collect();
        let text = fs::read_to_string(&path).expect("a source file can be read");
        Source {
            path: parts.join("/"),
            text,
        }
    };
    let sources: Vec<Source> = paths.into_iter().map(read).collect();
    assert!(!sources.is_empty(), "no Rust file was found in {folder}");
    sources
}

/// The same without the files that exist for tests only (`#[cfg(test)] mod name;` and what lies below them), and
/// with test modules inside files blanked out.
pub fn sources_without_tests(folder: &str) -> Vec<Source> {
    let all = sources(folder);
    let mut excluded = BTreeSet::new();
    for source in &all {
        for module in test_modules(&code(&source.text)) {
            let home = home_of(&source.path);
            excluded.insert(format!("{home}/{module}.rs"));
            excluded.insert(format!("{home}/{module}/"));
        }
    }
    let kept = all.into_iter().filter(|source| {
        !excluded
            .iter()
            .any(|place| source.path == *place || place.ends_with('/') && source.path.starts_with(place))
    });
    kept.map(|source| Source {
        text: without_test_blocks(&code(&source.text)),
        ..source
    })
    .collect()
}

fn collect(folder: &Path, paths: &mut Vec<PathBuf>) {
    let listing = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    for entry in listing {
        let path = entry.expect("a folder can be listed").path();
        if path.is_dir() {
            collect(&path, paths);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            paths.push(path);
        }
    }
}

/// The folder in which the modules declared in a file lie.
fn home_of(path: &str) -> String {
    let (folder, name) = path.rsplit_once('/').expect("every source lies in a folder");
    match name {
        "mod.rs" | "lib.rs" | "main.rs" => folder.to_string(),
        _ => path.trim_end_matches(".rs").to_string(),
    }
}

/// The modules in files of their own that are declared for tests only.
fn test_modules(code: &str) -> Vec<String> {
    let words: Vec<&str> = code.split_whitespace().collect();
    let declared = words
        .windows(3)
        .filter(|three| three[0] == "#[cfg(test)]" && three[1] == "mod");
    declared
        .filter_map(|three| three[2].strip_suffix(';').map(str::to_string))
        .collect()
}

/// Code with its test modules blanked out.
fn without_test_blocks(code: &str) -> String {
    let mut kept = code.to_string();
    let mut from = 0;
    while let Some(found) = kept[from..].find("#[cfg(test)]") {
        let start = from + found;
        let end = end_of_item(&kept, start);
        let blank: String = kept[start..end]
            .chars()
            .map(|c| if c == '\n' { '\n' } else { ' ' })
            .collect();
        kept.replace_range(start..end, &blank);
        from = start;
    }
    kept
}

/// The end of the item that begins at `start`: its closing brace, or its semicolon.
fn end_of_item(code: &str, start: usize) -> usize {
    let mut depth = 0usize;
    for (place, c) in code[start..].char_indices() {
        match c {
            ';' if depth == 0 => return start + place + 1,
            '{' => depth += 1,
            '}' if depth <= 1 => return start + place + 1,
            '}' => depth -= 1,
            _ => {}
        }
    }
    code.len()
}

/// The code of a text: comments and the content of literals are blanked out, lines stay where they are.
pub fn code(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    while at < chars.len() {
        let end = end_of_blank(&chars, at);
        if end == at {
            out.push(chars[at]);
            at += 1;
        } else {
            out.extend(chars[at..end].iter().map(|c| if *c == '\n' { '\n' } else { ' ' }));
            at = end;
        }
    }
    out
}

/// Where the comment or literal that begins at `at` ends; `at` itself if none begins there.
fn end_of_blank(chars: &[char], at: usize) -> usize {
    let follows = |text: &str| {
        text.chars()
            .enumerate()
            .all(|(place, c)| chars.get(at + place) == Some(&c))
    };
    let inside_word = at > 0 && (chars[at - 1].is_alphanumeric() || chars[at - 1] == '_');
    if follows("//") {
        return chars[at..]
            .iter()
            .position(|c| *c == '\n')
            .map_or(chars.len(), |length| at + length);
    }
    if follows("/*") {
        return end_of_comment(chars, at);
    }
    if !inside_word && (chars[at] == 'r' || follows("br")) {
        let quote = at
            + chars[at..]
                .iter()
                .take_while(|c| matches!(c, 'b' | 'r' | '#'))
                .count();
        let hashes = chars[at..quote.min(chars.len())]
            .iter()
            .filter(|c| **c == '#')
            .count();
        if chars.get(quote) == Some(&'"') {
            return end_of_raw(chars, quote + 1, hashes);
        }
    }
    match chars[at] {
        '"' => end_of_quoted(chars, at + 1, '"'),
        // A character, and not a lifetime.
        '\'' if chars.get(at + 1) == Some(&'\\') || chars.get(at + 2) == Some(&'\'') => {
            end_of_quoted(chars, at + 1, '\'')
        }
        _ => at,
    }
}

fn end_of_comment(chars: &[char], start: usize) -> usize {
    let (mut at, mut depth) = (start, 0usize);
    while at < chars.len() {
        match (chars[at], chars.get(at + 1)) {
            ('/', Some('*')) => (at, depth) = (at + 2, depth + 1),
            ('*', Some('/')) if depth == 1 => return at + 2,
            ('*', Some('/')) => (at, depth) = (at + 2, depth - 1),
            _ => at += 1,
        }
    }
    at
}

fn end_of_raw(chars: &[char], from: usize, hashes: usize) -> usize {
    let closes =
        |at: usize| chars[at] == '"' && (1..=hashes).all(|ahead| chars.get(at + ahead) == Some(&'#'));
    (from..chars.len())
        .find(|at| closes(*at))
        .map_or(chars.len(), |at| at + 1 + hashes)
}

fn end_of_quoted(chars: &[char], from: usize, quote: char) -> usize {
    let mut at = from;
    while at < chars.len() && chars[at] != quote {
        at += if chars[at] == '\\' { 2 } else { 1 };
    }
    (at + 1).min(chars.len())
}

/// The paths that code names: `a::b`, and each of `a::{b, c::d}`. Single words are left out.
pub fn named(code: &str) -> Vec<Named> {
    let mut words = Vec::new();
    for (number, line) in code.lines().enumerate() {
        let mut rest = line;
        while let Some(c) = rest.chars().next() {
            let word = rest
                .find(|c: char| !(c.is_alphanumeric() || c == '_'))
                .unwrap_or(rest.len());
            let length = match () {
                () if word > 0 => word,
                () if rest.starts_with("::") => 2,
                () => c.len_utf8(),
            };
            if !c.is_whitespace() {
                words.push((&rest[..length], number + 1));
            }
            rest = &rest[length..];
        }
    }
    let mut found = Vec::new();
    let mut at = 0;
    while at < words.len() {
        if is_word(words[at].0) {
            at = read_path(&words, at, &mut Vec::new(), &mut found);
        } else {
            at += 1;
        }
    }
    found
}

fn is_word(token: &str) -> bool {
    token.starts_with(|c: char| c.is_alphabetic() || c == '_')
}

/// Reads one path with what is grouped behind it; the place after it.
fn read_path(
    words: &[(&str, usize)],
    start: usize,
    prefix: &mut Vec<String>,
    found: &mut Vec<Named>,
) -> usize {
    let own = prefix.len();
    let mut at = start;
    prefix.push(words[at].0.to_string());
    at += 1;
    while words.get(at).is_some_and(|word| word.0 == "::") {
        match words.get(at + 1) {
            Some((token, _)) if is_word(token) => {
                prefix.push((*token).to_string());
                at += 2;
            }
            Some(("{", _)) => {
                at = read_group(words, at + 2, prefix, found);
                prefix.truncate(own);
                return at;
            }
            _ => break,
        }
    }
    if prefix.len() > 1 {
        found.push(Named {
            parts: prefix.clone(),
            line: words[start].1,
        });
    }
    prefix.truncate(own);
    at
}

fn read_group(
    words: &[(&str, usize)],
    start: usize,
    prefix: &mut Vec<String>,
    found: &mut Vec<Named>,
) -> usize {
    let mut at = start;
    while let Some((token, line)) = words.get(at) {
        match *token {
            "}" => return at + 1,
            "*" => found.push(Named {
                parts: prefix.clone(),
                line: *line,
            }),
            token if is_word(token) => {
                at = read_path(words, at, prefix, found);
                continue;
            }
            _ => {}
        }
        at += 1;
    }
    at
}
