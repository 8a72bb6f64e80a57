//! Where a moved repository is.

use reqwest::Url;

/// Path and query of a place below the API's address; `None` for any other place: a token does not go there.
pub(super) fn below(api: &str, location: &str) -> Option<(String, String)> {
    let api = Url::parse(api).ok()?;
    let place = api.join(location).ok()?;
    if place.origin() != api.origin() || !place.username().is_empty() || place.password().is_some() {
        return None;
    }
    let path = place.path().strip_prefix(api.path().trim_end_matches('/'))?;
    path.starts_with('/').then(|| (path.to_owned(), place.query().unwrap_or_default().to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_below_the_api_is_followed_and_no_other() {
        let at = |api: &str, location: &str| below(api, location);
        let moved = Some(("/repositories/1/pulls/7".to_owned(), "page=2".to_owned()));
        assert_eq!(at("https://api.github.com", "https://api.github.com/repositories/1/pulls/7?page=2"), moved);
        assert_eq!(at("https://h/api/v3", "/api/v3/repositories/1/pulls/7?page=2"), moved);
        for location in
            ["https://evil.example/x", "http://api.github.com/x", "https://u@api.github.com/x", "https://h:1/x", "//evil/x"]
        {
            assert_eq!(at("https://api.github.com", location), None, "{location}");
        }
        assert_eq!(at("https://h/api/v3", "https://h/login"), None);
        assert_eq!(at("https://h/api/v3", "https://h/api/v33/x"), None);
    }
}
