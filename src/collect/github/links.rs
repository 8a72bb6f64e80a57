//! Where the next page is.

use http::HeaderMap;
use http::header::LINK;
use reqwest::Url;

/// The number of the next page, as the `Link` header says; `None` when this is the last. Only the number is taken: the address stays
/// the one that was asked, whatever the header names.
pub(super) fn next_page(headers: &HeaderMap) -> Option<u64> {
    let mut links = headers.get_all(LINK).iter().filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(','));
    links.find_map(next)
}

/// The page of one link, `<https://...?page=2>; rel="next"`, if it is the next one. Source: RFC 8288, section 3.
fn next(link: &str) -> Option<u64> {
    let (address, parameters) = link.trim().strip_prefix('<')?.split_once('>')?;
    let is_next = parameters
        .split(';')
        .filter_map(|parameter| parameter.trim().strip_prefix("rel="))
        .any(|rel| rel.trim_matches('"').split(' ').any(|rel| rel.eq_ignore_ascii_case("next")));
    let url = Url::parse(address).ok().filter(|_| is_next)?;
    url.query_pairs().find(|(name, _)| name == "page").and_then(|(_, page)| page.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(link: &'static str) -> Option<u64> {
        next_page(&[(LINK, link.parse().unwrap())].into_iter().collect())
    }

    #[test]
    fn the_next_page_is_a_number() {
        let both = "<https://api.github.com/x?per_page=1&page=1>; rel=\"prev\", <https://api.github.com/x?page=3&per_page=1>; rel=\"next\"";
        assert_eq!(page(both), Some(3));
        assert_eq!(page("<https://elsewhere.example/?page=2>; title=x; rel=\"last next\""), Some(2));
    }

    #[test]
    fn the_last_page_has_none() {
        for link in [
            "",
            "<https://x/?page=1>; rel=\"first\"",
            "<x>; rel=\"next\"",
            "<https://x/?page=z>; rel=next",
            "https://x/?page=2; rel=next",
        ] {
            assert_eq!(page(link), None, "{link}");
        }
        assert_eq!(next_page(&HeaderMap::new()), None);
    }
}
