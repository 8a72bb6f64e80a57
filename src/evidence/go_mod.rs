//! The name of a Go module, as its `go.mod` states it.
//!
//! Source: the Go Modules Reference, "`module` directive". The directive stands alone or in a block, its path bare or between quotes.

/// The module's path; `None` where the file states none, or none that is text.
#[must_use]
pub fn module_name(bytes: &[u8]) -> Option<String> {
    let mut in_block = false;
    for line in std::str::from_utf8(bytes).ok()?.lines() {
        let line = line.split("//").next().unwrap_or_default().trim();
        let rest = match line.strip_prefix("module") {
            _ if in_block => line,
            Some(rest) if rest.trim() == "(" => {
                in_block = true;
                continue;
            }
            Some(rest) if rest.starts_with([' ', '\t', '"', '`']) => rest.trim(),
            _ => continue,
        };
        if !rest.is_empty() {
            let name = rest.trim_matches(['"', '`']);
            return Some(name).filter(|name| !name.is_empty() && !name.contains([' ', '\t', ')'])).map(str::to_owned);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::module_name;

    #[test]
    fn the_module_directive_is_read_in_all_its_forms() {
        let of = |text: &str| module_name(text.as_bytes());
        let name = Some("example.com/shop/v2".to_owned());
        for text in [
            "module example.com/shop/v2\n\ngo 1.22\n",
            "// Deprecated: use v3.\nmodule \"example.com/shop/v2\" // here\r\n",
            "module `example.com/shop/v2`",
            "module (\n\n\texample.com/shop/v2 // here\n)\n",
            "\tmodule\texample.com/shop/v2",
        ] {
            assert_eq!(of(text), name, "{text}");
        }
        for text in ["", "go 1.22\n", "modules x\n", "// module x", "module \"\"", "module (\n)\n", "require module v1.0.0\n"] {
            assert_eq!(of(text), None, "{text}");
        }
        assert_eq!(module_name(b"module \xff"), None);
    }
}
