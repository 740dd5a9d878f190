//! The library's public interface, declaration by declaration, as in `tests/repo/api.txt`. So a
//! change is noticed when it is made, not when a user's program no longer compiles.
//!
//! It is read from the source. That is enough, because the lint `unreachable_pub` allows `pub` only
//! for what is reachable from outside.

use crate::files::{files, read};
use std::fs;
use std::mem::take;

/// Returns whether a file is part of the program only.
fn is_private(path: &str) -> bool {
    let modules = ["main", "cli", "sync", "server/drain", "server/reactor"];
    let path = path.trim_start_matches("src/").trim_end_matches(".rs");
    modules.iter().any(|module| {
        path.strip_prefix(module).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    })
}

/// The declarations in a file, each on one line, under the blocks they are in.
fn declarations(code: &str) -> Vec<String> {
    let mut lines = code.lines().filter(|line| !line.trim_start().starts_with("//"));
    let (mut found, mut attributes, mut block) = (Vec::new(), Vec::new(), None);
    while let Some(line) = lines.next() {
        let start = line.trim_start();
        if start.starts_with("#[derive(")
            || start == "#[non_exhaustive]"
            || start.starts_with("#[must_use")
        {
            attributes.push(line.to_owned());
        } else if line.starts_with("impl") {
            let header = whole(line, &mut lines);
            if header.contains(" for ") { found.push(header) } else { block = Some(header) }
        } else if start.starts_with("pub ") {
            found.extend(take(&mut block));
            found.append(&mut attributes);
            found.push(whole(line, &mut lines));
            if start.starts_with("pub enum ") || start.starts_with("pub trait ") {
                found.append(&mut members(&mut lines));
            }
        } else if !start.starts_with('#') {
            attributes.clear();
        }
        if line == "}" {
            block = None;
        }
    }
    found
}

/// The variants of an enum or the methods of a trait.
fn members<'a>(lines: &mut impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut found = Vec::new();
    while let Some(line) = lines.next().filter(|line| *line != "}") {
        let is_member = line
            .strip_prefix("    ")
            .is_some_and(|line| line.starts_with("fn ") || line.starts_with(char::is_uppercase));
        if is_member {
            found.push(whole(line, lines));
        }
    }
    found
}

/// A declaration up to its body, though it may go on in the lines after its first.
fn whole<'a>(first: &str, lines: &mut impl Iterator<Item = &'a str>) -> String {
    let mut whole = first.to_owned();
    let ends: &[char] = match first.trim_start() {
        first if first.starts_with("pub use ") => &[';'],
        first if first.contains("fn ") || first.starts_with("impl") => &['{', '}', ';'],
        _ => &['{', '}', ';', ',', '['],
    };
    while !whole.ends_with(ends) {
        let line = lines.next().expect("a declaration ends");
        whole = format!("{whole} {}", line.trim());
    }
    // A list in braces is written alike whether it was on one line or on several.
    let whole = whole.replace("{ ", "{").replace(", }", "}");
    whole.trim_end_matches(['{', '[', '=', ' ']).to_owned()
}

/// The first name in a text.
fn name(text: &str) -> &str {
    text.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default()
}

/// The type or trait that a declaration makes public.
fn declared(line: &str) -> Option<&str> {
    ["pub struct ", "pub enum ", "pub trait "]
        .iter()
        .find_map(|kind| line.strip_prefix(kind))
        .map(name)
}

/// Whether a line is no impl between a type and a trait that are both unknown outside.
fn is_public(line: &str, known: &[String]) -> bool {
    let Some((of, with)) = line.strip_prefix("impl").and_then(|header| header.split_once(" for "))
    else {
        return true;
    };
    let of = of.rsplit(' ').next().unwrap_or_default();
    known.iter().any(|known| known == name(of) || known == name(with))
}

/// The whole of it, file by file.
fn interface() -> String {
    let paths =
        files(".rs").into_iter().filter(|path| path.starts_with("src/") && !is_private(path));
    let mut found: Vec<(String, Vec<String>)> = paths
        .map(|path| {
            let text = read(&path);
            // Unit tests come last in every file.
            let code = text.split("\n#[cfg(test)]\n").next().unwrap_or_default();
            let declarations = declarations(code);
            (path, declarations)
        })
        .collect();
    let known = found.iter().flat_map(|(_, lines)| lines).filter_map(|line| declared(line));
    let known: Vec<String> = known.map(str::to_owned).collect();
    for (_, lines) in &mut found {
        lines.retain(|line| is_public(line, &known));
    }
    found.retain(|(_, lines)| !lines.is_empty());
    found
        .iter()
        .map(|(path, lines)| format!("// {path}\n{}\n", lines.join("\n")))
        .collect::<Vec<_>>()
        .join("\n")
}

#[test]
fn public_interface_changes_only_on_purpose() {
    let (found, known) = (interface(), read("tests/repo/api.txt"));
    if found != known {
        let path = format!("{}/api.txt", env!("CARGO_TARGET_TMPDIR"));
        fs::write(&path, &found).unwrap();
        let only_in = |one: &str, other: &str| -> Vec<String> {
            one.lines()
                .filter(|line| !other.lines().any(|known| known == *line))
                .map(str::to_owned)
                .collect()
        };
        let (new, gone) = (only_in(&found, &known), only_in(&known, &found));
        panic!(
            "new: {new:#?}\ngone: {gone:#?}\nIf that is as it should be: cp {path} tests/repo/api.txt"
        );
    }
}
